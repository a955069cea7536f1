import Glibc
package import Raft

/// What the disk refused: which step, on which file, and the system's reason.
package struct DiskFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried, such as "write at offset 4096 of".
    package let operation: String
    /// The whole path.
    package let path: String
    /// The `errno`, positive.
    package let code: Int32

    package init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// No space, or the quota is used up: freeing some is the cure.
    package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

    /// "sync /data/raft_log/00000001.segment: input/output error (EIO)"
    package var description: String { "\(operation) \(path): \(SystemError.text(code))" }

    /// The same for who reads through a `DirectoryImage`.
    package var readFailure: DiskReadFailure {
        DiskReadFailure(path: path, reason: "\(operation): \(SystemError.text(code))")
    }
}
