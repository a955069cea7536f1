package import Glibc

/// Folders that are for their user alone.
package enum PrivateFolder {
    /// Of every folder that is made here.
    package static let mode: mode_t = 0o700

    /// Makes a folder unless it is there, and makes its name durable.
    package static func make(_ path: String) throws(DiskFailure) {
        guard mkdir(path, mode) == 0 else {
            if errno == EEXIST { return }
            throw DiskFailure(operation: "make directory", path: path, code: errno)
        }
        try sync(parent(of: path))
    }

    /// Makes a folder and those above it, as far as they are missing.
    package static func makeAll(_ path: String) throws(DiskFailure) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            try make(made)
        }
    }

    /// Gives a folder another name beside the old one, durably.
    /// - Throws: also when `to` is there and not an empty folder.
    package static func rename(_ from: String, to: String) throws(DiskFailure) {
        guard Glibc.rename(from, to) == 0 else {
            throw DiskFailure(operation: "rename to \(to):", path: from, code: errno)
        }
        try sync(parent(of: to))
    }

    /// Removes a folder of files and of folders of files, such as a data directory.
    package static func remove(_ path: String) throws(DiskFailure) {
        for name in try FolderListing.names(in: path) {
            let child = "\(path)/\(name)"
            if unlink(child) == 0 { continue }
            guard errno == EISDIR else { throw DiskFailure(operation: "remove", path: child, code: errno) }
            try remove(child)
        }
        guard rmdir(path) == 0 else { throw DiskFailure(operation: "remove", path: path, code: errno) }
    }

    /// Whether there is anything of this name, a link included.
    package static func exists(_ path: String) throws(DiskFailure) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        guard errno == ENOENT else { throw DiskFailure(operation: "look at", path: path, code: errno) }
        return false
    }

    /// The folder that holds `path`.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func sync(_ path: String) throws(DiskFailure) {
        let folder = try OpenFile(path, fullPath: path, flags: O_RDONLY | O_DIRECTORY)
        guard fsync(folder.descriptor) == 0 else {
            throw DiskFailure(operation: "sync directory", path: path, code: errno)
        }
    }
}
