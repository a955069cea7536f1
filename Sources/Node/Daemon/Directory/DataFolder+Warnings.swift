import Glibc
import Raft
import Storage

extension DataFolder {
    private static let memoryFileSystems: Set<Substring> = ["tmpfs", "ramfs"]
    private static let temporaryFolders = ["/tmp", "/var/tmp"]

    /// Places that do not keep what a member of a cluster has promised to keep.
    func placeWarnings() throws(DiskFailure) -> [String] {
        let cure = "give --session-db-path a place on a disk that stays"
        let place = try resolvedPath()
        if let type = try fileSystemType(), Self.memoryFileSystems.contains(type) {
            return ["\(path) is in memory (\(type)), and a restart of the machine wipes it: \(cure)"]
        }
        guard let folder = Self.temporaryFolders.first(where: { place.hasPrefix("\($0)/") }) else { return [] }
        return ["\(path) is under \(folder), which the system may clean up: \(cure)"]
    }

    /// What is mounted here, such as `ext4`; nil where the system does not tell.
    private func fileSystemType() throws(DiskFailure) -> Substring? {
        let device = UInt64(try root.status(fullPath: path).st_dev)
        do throws(DiskReadFailure) {
            let mounts = try FileReader.contents(of: "/proc/self/mountinfo", maximumSize: 4 << 20)
            return Self.fileSystemType(of: device, mounts: String(decoding: mounts, as: UTF8.self))
        } catch {
            // A jail without /proc: the warning is all that is lost.
            return nil
        }
    }

    /// - Parameters:
    ///   - device: as `stat` gives it.
    ///   - mounts: in the form of `/proc/self/mountinfo` (proc(5)): the third field is the device, the type follows a lone `-`.
    static func fileSystemType(of device: UInt64, mounts: String) -> Substring? {
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[2] == "\(major):\(minor)" else { continue }
            return fields.drop { $0 != "-" }.dropFirst().first
        }
        return nil
    }

    private func resolvedPath() throws(DiskFailure) -> String {
        guard let resolved = realpath(path, nil) else {
            throw DiskFailure(operation: "resolve", path: path, code: errno)
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
