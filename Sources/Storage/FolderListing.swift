import Glibc

/// What is in a folder.
enum FolderListing {
    /// The names, sorted, without `.` and `..`.
    static func names(in path: String) throws(DiskFailure) -> [String] {
        guard let stream = opendir(path) else { throw DiskFailure(operation: "list", path: path, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw DiskFailure(operation: "list", path: path, code: errno) }
        return names.sorted()
    }
}
