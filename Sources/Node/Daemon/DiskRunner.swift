import Raft
import Reactor
import Replica
import Storage

/// Performs the replica's disk jobs on the reactor's workers, each class with files of its own.
final class DiskRunner {
    private let worker: DiskWorker
    private let image: FileDirectoryImage
    private let executors: [DiskWorker.JobClass: DiskExecutor]
    /// Durations of the log class's syncs.
    private(set) var syncs = Histogram()

    /// - Throws: `StartFailure` when the directory cannot be opened.
    init(on loop: EventLoop, directory: DataDirectory) throws(StartFailure) {
        worker = DiskWorker(on: loop)
        image = directory.image
        executors = try DiskFailure.atStart { () throws(DiskFailure) in
            var executors: [DiskWorker.JobClass: DiskExecutor] = [:]
            for jobClass in DiskWorker.JobClass.allCases {
                executors[jobClass] = try DiskExecutor(directory: directory.path, keepsFilesOpen: jobClass == .log)
            }
            return executors
        }
    }

    func perform(_ job: DiskJob, completion: @escaping (Result<Void, DiskFailure>) -> Void) {
        let jobClass = DiskRunner.workerClass(job.jobClass)
        guard let executor = executors[jobClass] else { preconditionFailure("no executor for \(jobClass)") }
        worker.submit(jobClass) {
            executor.perform(job.operations)
        } completion: { [self] result in
            if case .success(let timings) = result, jobClass == .log {
                for sync in timings.syncNanoseconds { syncs.record(nanoseconds: sync) }
            }
            completion(result.map { _ in })
        }
    }

    /// Reads a stretch of the log, beside the writes.
    func read(_ read: LogRead, completion: @escaping (Result<[UInt8], DiskReadFailure>) -> Void) {
        let image = image
        worker.submit(.bulk) { () -> Result<[UInt8], DiskReadFailure> in
            Result { () throws(DiskReadFailure) in try image.read(read.path, offset: read.offset, count: read.count) }
        } completion: {
            completion($0)
        }
    }

    private static func workerClass(_ jobClass: DiskJob.Class) -> DiskWorker.JobClass {
        switch jobClass {
        case .log: .log
        case .preparation: .preparation
        case .side, .bulk: .bulk
        }
    }
}
