import Glibc
import Raft
import Reactor

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
    package var description: String { ReactorError(code: code, operation: "\(operation) \(path)").description }

    /// The same for who reads through a `DirectoryImage`.
    var readFailure: DiskReadFailure {
        DiskReadFailure(path: path, reason: ReactorError(code: code, operation: operation).description)
    }

    /// The same for who starts the daemon.
    private var startFailure: StartFailure {
        let cure =
            isOutOfSpace ? "free some space" : "check the disk and the permissions, or choose another --session-db-path"
        return StartFailure("\(description): \(cure)", status: .failure)
    }

    /// Runs a step of the start.
    /// - Throws: what the disk refuses, as a reason not to start.
    static func atStart<Answer>(_ step: () throws(DiskFailure) -> Answer) throws(StartFailure) -> Answer {
        do throws(DiskFailure) {
            return try step()
        } catch {
            throw error.startFailure
        }
    }
}
