import Glibc
import Raft
import Storage

/// The memory that this process may use.
enum Memory {
    /// In bytes: that of the machine, or less where a control group (a container) allows less.
    static var available: UInt64 {
        let pages = sysconf(Int32(_SC_PHYS_PAGES))
        let size = sysconf(Int32(_SC_PAGESIZE))
        precondition(pages > 0 && size > 0, "Linux always knows its memory, but: errno \(errno)")
        return min(UInt64(pages) * UInt64(size), groupLimit ?? .max)
    }

    /// `memory.max` of cgroup v2 as a container sees it; nil where there is none, or it is "max".
    private static var groupLimit: UInt64? {
        do throws(DiskReadFailure) {
            let text = try FileReader.contents(of: "/sys/fs/cgroup/memory.max", maximumSize: 64)
            return Decimal.number(String(decoding: text, as: UTF8.self).prefix { $0 != "\n" })
        } catch {
            // No container, or an older kernel.
            return nil
        }
    }
}
