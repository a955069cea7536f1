import Raft
import Storage

extension DiskFailure {
    /// Runs a step of the start.
    /// - Throws: what the disk refuses, as a reason not to start.
    static func atStart<Answer>(_ step: () throws(DiskFailure) -> Answer) throws(StartFailure) -> Answer {
        do throws(DiskFailure) {
            return try step()
        } catch {
            throw error.startFailure
        }
    }

    /// The same for who starts the daemon.
    var startFailure: StartFailure {
        let cure =
            isOutOfSpace ? "free some space" : "check the disk and the permissions, or choose another --session-db-path"
        return StartFailure("\(description): \(cure)", status: .failure)
    }
}

extension RecoveryFailure {
    /// The same for who starts the daemon.
    func startFailure(in directory: String) -> StartFailure {
        switch self {
        case .corruption(let corruption):
            StartFailure(
                """
                \(directory)/\(corruption). The node does not start on damaged data: take it out of its cluster (raftctl leave) and \
                --join it with an empty directory, or, if it stands alone, restore a backup (raftctl restore). Never put an older \
                copy of the directory in its place: it would break promises that the node made
                """,
                status: .corruption)
        case .disk(let failure):
            StartFailure("\(failure): mend the disk, then start again", status: .failure)
        }
    }
}

extension DirectoryLock {
    /// - Parameter waitMilliseconds: how long another holder is waited for.
    /// - Throws: another process holds it, and which; exit 1.
    static func atStart(
        directory: String, root: OpenFile, waitMilliseconds: UInt64
    ) throws(StartFailure) -> DirectoryLock {
        do throws(Failure) {
            return try DirectoryLock(directory: directory, root: root, waitMilliseconds: waitMilliseconds)
        } catch {
            switch error {
            case .disk(let failure): throw failure.startFailure
            case .held(let holder):
                throw StartFailure(
                    """
                    \(directory) is in use by \(holder): stop it, or share one node over HTTP: start a single raftd --http-port PORT \
                    and point clients at http://HOST:PORT/mcp
                    """,
                    status: .failure)
            }
        }
    }
}
