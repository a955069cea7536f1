import Glibc
package import Raft

/// Reading files as a whole or in part.
package enum FileReader {
    /// All of a file, a pipe or a device, links followed.
    /// - Throws: an error, or more than `maximumSize` bytes.
    package static func contents(of path: String, maximumSize: Int) throws(DiskReadFailure) -> [UInt8] {
        do throws(DiskFailure) {
            let file = try OpenFile(path, fullPath: path, flags: O_RDONLY)
            var contents: [UInt8] = []
            while contents.count <= maximumSize {
                let slice = try bytes(atMost: 64 << 10, path: path) { read(file.descriptor, $0, $1) }
                if slice.isEmpty { return contents }
                contents += slice
            }
        } catch {
            throw error.readFailure
        }
        throw DiskReadFailure(path: path, reason: "it is larger than \(maximumSize) bytes")
    }

    /// `count` bytes at `offset`, fewer only at the end of the file.
    static func bytes(of file: OpenFile, offset: UInt64, count: Int, path: String) throws(DiskFailure) -> [UInt8] {
        var position = off_t(clamping: offset)
        let first = try bytes(atMost: count, path: path) { pread(file.descriptor, $0, $1, position) }
        // Nearly always one read brings all.
        guard first.count < count, !first.isEmpty else { return first }
        var all = first
        while all.count < count {
            position = off_t(clamping: offset) + off_t(all.count)
            let more = try bytes(atMost: count - all.count, path: path) { pread(file.descriptor, $0, $1, position) }
            if more.isEmpty { break }
            all += more
        }
        return all
    }

    /// What one call of `read` brings; nothing at the end of the file.
    private static func bytes(
        atMost count: Int, path: String, _ read: (UnsafeMutableRawPointer?, Int) -> Int
    ) throws(DiskFailure) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            repeat {
                let got = read(buffer.baseAddress, count)
                code = got < 0 ? errno : 0
                initializedCount = max(got, 0)
            } while code == EINTR
        }
        guard code == 0 else { throw DiskFailure(operation: "read", path: path, code: code) }
        return bytes
    }
}
