import Raft
import Reactor
import Replica
import StateMachine
import Storage
import Synchronization

/// Snapshots on the way to the disk and back. The worker owns what they are made of: freeing a large state takes a while, and the loop
/// must not be the one who does it.
extension DiskRunner {
    /// What became of a snapshot.
    enum SnapshotOutcome: Sendable {
        case written(SnapshotWriter.Result)
        /// For want of space; what had been written is removed.
        case stalled(DiskFailure)
        case failed(DiskFailure)
    }

    /// Writes a snapshot, a slice at a time; between slices others may have the disk.
    func write(_ writer: SnapshotWriter, completion: @escaping (SnapshotOutcome) -> Void) {
        step(SnapshotWriting(writer, with: executor(for: .bulk)), completion)
    }

    private func step(_ writing: SnapshotWriting, _ completion: @escaping (SnapshotOutcome) -> Void) {
        pacer.whenCalm { [self] in
            worker.submit(.bulk) {
                writing.step()
            } completion: { [self] outcome in
                guard let outcome else { return step(writing, completion) }
                switch outcome {
                case .written: snapshots.written += 1
                case .stalled: countStall()
                case .failed: break
                }
                completion(outcome)
            }
        }
    }

    /// Reads and verifies a snapshot.
    func load(_ path: String, completion: @escaping (Result<LoadedSnapshot, RecoveryFailure>) -> Void) {
        let image = image
        worker.submit(.bulk) { () -> Result<LoadedSnapshot, RecoveryFailure> in
            Result { () throws(RecoveryFailure) in try LoadedSnapshot.read(path, from: image) }
        } completion: { [self] result in
            if case .success = result { snapshots.loaded += 1 }
            completion(result)
        }
    }

    /// Frees a large value on a worker; the loop must hold no other reference to it.
    func release<Value: Sendable>(_ value: inout Value?) {
        let released = Released(value.take())
        worker.submit(.side) {
            released.free()
        } completion: {
            // Nobody waits for it.
        }
    }
}

/// What was done, for the metrics.
struct SnapshotCounters {
    var written: UInt64 = 0
    var loaded: UInt64 = 0
    var chunks: UInt64 = 0
}

/// A snapshot under way. The worker that is at it owns the writer, and frees it at the end.
private final class SnapshotWriting: Sendable {
    private let writer: Mutex<SnapshotWriter?>
    private let executor: DiskExecutor

    init(_ writer: SnapshotWriter, with executor: DiskExecutor) {
        self.writer = Mutex(writer)
        self.executor = executor
    }

    /// One slice.
    /// - Returns: nil while there is more to do.
    func step() -> DiskRunner.SnapshotOutcome? {
        writer.withLock { writer in
            guard let operations = writer?.next() else {
                guard let result = writer?.result else { preconditionFailure("a snapshot goes on after its end") }
                writer = nil
                return .written(result)
            }
            switch executor.perform(operations) {
            case .done: return nil
            case .stalled(let failure, _): return abandon(&writer, after: failure)
            case .failed(let failure):
                writer = nil
                return .failed(failure)
            }
        }
    }

    private func abandon(_ writer: inout SnapshotWriter?, after failure: DiskFailure) -> DiskRunner.SnapshotOutcome {
        let cleanUp = writer?.abandon() ?? []
        writer = nil
        switch executor.perform(cleanUp) {
        case .done: return .stalled(failure)
        case .stalled(let second, _), .failed(let second): return .failed(second)
        }
    }
}

/// A value that a worker frees.
private final class Released<Value: Sendable>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: sending Value?) {
        self.value = Mutex(value)
    }

    func free() {
        value.withLock { $0 = nil }
    }
}
