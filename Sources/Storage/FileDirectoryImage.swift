import Glibc
package import Raft

/// A data directory on the disk, as recovery and the readers of old entries see it. Every read opens the file anew: names may
/// change in between.
package struct FileDirectoryImage: DirectoryImage, Sendable {
    package let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    package func names(in path: String) throws(DiskReadFailure) -> [String] {
        do throws(DiskFailure) {
            return try FolderListing.names(in: fullPath(path))
        } catch {
            if error.code == ENOENT { return [] }
            throw error.readFailure
        }
    }

    package func size(of path: String) throws(DiskReadFailure) -> UInt64? {
        var status = stat()
        guard lstat(fullPath(path), &status) == 0 else {
            if errno == ENOENT { return nil }
            throw failure("look at", path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DiskReadFailure(path: fullPath(path), reason: "it is no regular file")
        }
        return UInt64(status.st_size)
    }

    package func read(_ path: String, offset: UInt64, count: Int) throws(DiskReadFailure) -> [UInt8] {
        do throws(DiskFailure) {
            let file = try OpenFile(fullPath(path), fullPath: fullPath(path), flags: O_RDONLY | O_NOFOLLOW)
            return try FileReader.bytes(of: file, offset: offset, count: count, path: fullPath(path))
        } catch {
            throw error.readFailure
        }
    }

    private func fullPath(_ path: String) -> String { path.isEmpty ? directory : "\(directory)/\(path)" }

    /// What `errno` says.
    private func failure(_ operation: String, _ path: String) -> DiskReadFailure {
        DiskFailure(operation: operation, path: fullPath(path), code: errno).readFailure
    }
}
