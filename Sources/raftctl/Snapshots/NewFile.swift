import Glibc
import Storage

/// A file that gets its name only when it is complete and durable; whoever finds it finds all of it.
final class NewFile {
    private let path: String
    private let partialPath: String
    private let descriptor: Int32

    /// - Throws: there is something at `path` already, or it cannot be made.
    init(_ path: String) throws(ToolFailure) {
        self.path = path
        partialPath = path + ".partial"
        if access(path, F_OK) == 0 { throw ToolFailure("\(path) exists: choose another name, or remove it") }
        descriptor = open(partialPath, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw NewFile.failure("make", partialPath) }
    }

    deinit { close(descriptor) }

    /// Begins anew.
    func clear() throws(ToolFailure) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw NewFile.failure("cut", partialPath)
        }
    }

    func append(_ bytes: [UInt8]) throws(ToolFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw NewFile.failure("write", partialPath) }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes it durable under its name.
    func finish() throws(ToolFailure) {
        guard fsync(descriptor) == 0 else { throw NewFile.failure("sync", partialPath) }
        guard rename(partialPath, path) == 0 else { throw NewFile.failure("rename", partialPath) }
        let parent = PrivateFolder.parent(of: path)
        let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw NewFile.failure("open", parent) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw NewFile.failure("sync", parent) }
    }

    /// Leaves nothing behind.
    func discard() { unlink(partialPath) }

    private static func failure(_ operation: String, _ path: String) -> ToolFailure {
        ToolFailure("cannot \(operation) \(path): \(String(cString: strerror(errno)))")
    }
}
