import Glibc

/// The files of a data directory that are open for writing.
struct FileCache: Sendable {
    let root: OpenFile
    let directory: String
    /// How many stay open between jobs.
    let capacity: Int
    /// The most recently used last; few, so that a scan is the fastest way.
    private var files: [(path: String, file: OpenFile)] = []

    init(root: OpenFile, directory: String, capacity: Int) {
        self.root = root
        self.directory = directory
        self.capacity = capacity
    }

    /// An existing file, opened unless it is open.
    mutating func file(at path: String) throws(DiskFailure) -> OpenFile {
        if let place = files.firstIndex(where: { $0.path == path }) {
            let found = files.remove(at: place)
            files.append(found)
            return found.file
        }
        return try open(path, flags: O_WRONLY | O_NOFOLLOW)
    }

    /// A new file of mode 0600.
    /// - Throws: it exists.
    mutating func create(_ path: String) throws(DiskFailure) {
        forget(path)
        _ = try open(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
    }

    /// Closes a file whose name goes away or changes.
    mutating func forget(_ path: String) {
        files.removeAll { $0.path == path }
    }

    /// Closes what may not stay open between jobs.
    mutating func trim() {
        files.removeFirst(max(0, files.count - capacity))
    }

    /// What a failure calls a file.
    func fullPath(_ path: String) -> String { path.isEmpty ? directory : "\(directory)/\(path)" }

    private mutating func open(_ path: String, flags: Int32) throws(DiskFailure) -> OpenFile {
        let file = try OpenFile(path, in: root, fullPath: fullPath(path), flags: flags, mode: 0o600)
        files.append((path, file))
        return file
    }
}
