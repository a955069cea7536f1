import Raft
import Reactor
import Replica
import Storage

/// Performs the replica's disk jobs on the reactor's workers, each class with files of its own.
final class DiskRunner {
    let worker: DiskWorker
    let image: FileDirectoryImage
    /// Makes the large jobs wait while a sync of the log is late.
    let pacer: DiskPacer
    private let executors: [DiskWorker.JobClass: DiskExecutor]
    /// Durations of the log class's syncs.
    private(set) var syncs = Histogram()
    /// How often a job met a disk without space.
    private(set) var stalls: UInt64 = 0
    var snapshots = SnapshotCounters()
    /// Called with the duration of a sync of the log that took long, in milliseconds.
    var onSlowSync: ((UInt64) -> Void)?

    static let slowSyncMilliseconds: UInt64 = 500

    /// - Throws: `StartFailure` when the directory cannot be opened.
    init(on loop: EventLoop, directory: DataDirectory) throws(StartFailure) {
        worker = DiskWorker(on: loop)
        pacer = DiskPacer(on: loop)
        image = directory.image
        executors = try DiskFailure.atStart { () throws(DiskFailure) in
            var executors: [DiskWorker.JobClass: DiskExecutor] = [:]
            for jobClass in DiskWorker.JobClass.allCases {
                executors[jobClass] = try DiskExecutor(directory: directory.path, keepsFilesOpen: jobClass == .log)
            }
            return executors
        }
    }

    func perform(_ job: DiskJob, completion: @escaping (DiskOutcome) -> Void) {
        let jobClass = DiskRunner.workerClass(job.jobClass)
        switch jobClass {
        case .bulk: pacer.whenCalm { [self] in submit(job.operations, jobClass, completion) }
        case .log:
            pacer.logJobBegins()
            submit(job.operations, jobClass) { [self] outcome in
                pacer.logJobEnds()
                if case .done(let timings) = outcome { note(timings) }
                completion(outcome)
            }
        case .preparation, .side: submit(job.operations, jobClass, completion)
        }
    }

    /// Reads a stretch of a file, beside the writes.
    func read(
        _ path: String, offset: UInt64, count: Int, completion: @escaping (Result<[UInt8], DiskReadFailure>) -> Void
    ) {
        let image = image
        worker.submit(.side) { () -> Result<[UInt8], DiskReadFailure> in
            Result { () throws(DiskReadFailure) in try image.read(path, offset: offset, count: count) }
        } completion: {
            completion($0)
        }
    }

    func executor(for jobClass: DiskWorker.JobClass) -> DiskExecutor {
        guard let executor = executors[jobClass] else { preconditionFailure("no executor for \(jobClass)") }
        return executor
    }

    func countStall() { stalls += 1 }

    private func submit(
        _ operations: [DiskOperation], _ jobClass: DiskWorker.JobClass, _ completion: @escaping (DiskOutcome) -> Void
    ) {
        let executor = executor(for: jobClass)
        worker.submit(jobClass) {
            executor.perform(operations)
        } completion: { [self] outcome in
            if case .stalled = outcome { countStall() }
            completion(outcome)
        }
    }

    private func note(_ timings: DiskTimings) {
        for sync in timings.syncNanoseconds { syncs.record(nanoseconds: sync) }
        let slowest = (timings.syncNanoseconds.max() ?? 0) / 1_000_000
        if slowest >= DiskRunner.slowSyncMilliseconds { onSlowSync?(slowest) }
    }

    private static func workerClass(_ jobClass: DiskJob.Class) -> DiskWorker.JobClass {
        switch jobClass {
        case .log: .log
        case .preparation: .preparation
        case .side: .side
        case .bulk: .bulk
        }
    }
}
