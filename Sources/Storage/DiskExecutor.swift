import Glibc
package import Raft
import Synchronization

/// Performs disk operations in order, on whatever thread asks. Each class of jobs has an executor of its own; they share
/// nothing but the directory.
///
/// A failed sync is never tried again: the kernel may have dropped what it could not write, and a second sync would call
/// that durable. From then on every job fails with the first failure; the node stops.
package final class DiskExecutor: Sendable {
    private struct State {
        var files: FileCache
        /// The sync that failed.
        var failedSync: DiskFailure?
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - directory: the data directory.
    ///   - keepsFilesOpen: between jobs, which saves the log two calls a write. A path that other executors rename or remove must not
    ///     be kept: only the executor of the log is to.
    /// - Throws: the directory cannot be opened.
    package init(directory: String, keepsFilesOpen: Bool) throws(DiskFailure) {
        let root = try OpenFile(directory, fullPath: directory, flags: O_RDONLY | O_DIRECTORY)
        state = Mutex(State(files: FileCache(root: root, directory: directory, capacity: keepsFilesOpen ? 4 : 0)))
    }

    /// Performs all operations, or stops at the first that fails; what came before it is done.
    /// Adjacent writes that continue each other leave in one call.
    package func perform(_ operations: [DiskOperation]) -> DiskOutcome {
        state.withLock { state in
            if let failure = state.failedSync { return .failed(failure) }
            var job = DiskJobExecution(files: state.files)
            let result = Result { () throws(DiskFailure) in try job.perform(operations) }
            state.files = job.files
            state.files.trim()
            guard case .failure(let failure) = result else { return .done(job.timings) }
            if job.hasFailedToSync {
                state.failedSync = failure
                return .failed(failure)
            }
            return failure.isOutOfSpace ? .stalled(failure, completed: job.completed) : .failed(failure)
        }
    }
}

/// What became of a list of operations.
package enum DiskOutcome: Sendable, Equatable {
    case done(DiskTimings)
    /// There is no space for operation number `completed`, counted from 0: it may have been done in part and can be tried again with all
    /// that come after it. Those before it are done.
    case stalled(DiskFailure, completed: Int)
    /// Nothing is known of the operation that failed; those after it were not tried.
    case failed(DiskFailure)

    /// What a job took that had to succeed.
    /// - Throws: what the disk refused.
    @discardableResult
    package func get() throws(DiskFailure) -> DiskTimings {
        switch self {
        case .done(let timings): return timings
        case .stalled(let failure, _), .failed(let failure): throw failure
        }
    }
}

/// What a job took, for the metrics.
package struct DiskTimings: Sendable, Equatable {
    /// How long each sync of a file took, in nanoseconds, in order.
    package var syncNanoseconds: [UInt64] = []
    package var bytesWritten: UInt64 = 0

    package init() {}
}
