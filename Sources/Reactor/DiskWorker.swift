import CLibUV
import Glibc

/// Runs blocking work, such as writing and syncing files, on libuv's pool of threads.
///
/// At most one job of a class runs at a time, and jobs of a class run in the order of their submission. Since the pool
/// has a thread for each class (and for the look-ups of one ``NameResolver``), no class waits for another.
package final class DiskWorker {
    /// What a job is for; no class ever waits for another.
    package enum JobClass: Int, CaseIterable, Sendable {
        /// Appending to the log, and what else an answer waits for.
        case log
        /// Creating the next log segment ahead of time.
        case preparation
        /// Small files, and reading.
        case side
        /// Snapshots and other large files.
        case bulk
    }

    private let loop: EventLoop
    /// By class: the jobs that wait, and whether one runs.
    private var waiting = JobClass.allCases.map { _ in FIFO<Job>() }
    private var isRunning = JobClass.allCases.map { _ in false }

    package init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Whether nothing runs or waits, so that the loop could be closed.
    package var isIdle: Bool { JobClass.allCases.allSatisfy { pending($0) == 0 } }

    /// How many jobs of the class run or wait.
    package func pending(_ jobClass: JobClass) -> Int {
        waiting[jobClass.rawValue].count + (isRunning[jobClass.rawValue] ? 1 : 0)
    }

    /// Submits a job.
    /// - Parameters:
    ///   - work: runs on a thread of the pool and owns all it touches. What it captured is released on the loop.
    ///   - completion: runs on the loop with the result, in the order of submission within the class.
    package func submit<Output: Sendable>(
        _ jobClass: JobClass,
        _ work: @escaping @Sendable () -> Output,
        completion: @escaping (Output) -> Void
    ) {
        waiting[jobClass.rawValue].append(TypedJob(jobClass, work, completion))
        startNext(jobClass)
    }

    /// Drops the jobs of the class that have not begun; their completions are never called. For stopping.
    package func cancelWaiting(_ jobClass: JobClass) {
        waiting[jobClass.rawValue] = FIFO()
    }

    /// Sets the number of the pool's threads, whatever the environment says. Only before the pool's first use.
    /// - Parameter threads: fewer than the classes and look-ups need (6) are rounded up to that.
    package static func setPoolSize(_ threads: Int) {
        let size = max(threads, JobClass.allCases.count + NameResolver.maximumLookups)
        let status = setenv("UV_THREADPOOL_SIZE", String(size), 1)
        precondition(status == 0, "setenv fails only for want of memory, but: errno \(errno)")
    }

    private func startNext(_ jobClass: JobClass) {
        guard !isRunning[jobClass.rawValue], let job = waiting[jobClass.rawValue].popFirst() else { return }
        isRunning[jobClass.rawValue] = true
        job.worker = self
        let request = UnsafeMutablePointer<uv_work_t>.allocate(capacity: 1)
        request.pointee.data = Unmanaged.passRetained(job).toOpaque()
        let status = uv_queue_work(
            loop.pointer,
            request,
            { request in Job.of(request).takeUnretainedValue().run() },
            { request, _ in
                let job = Job.of(request).takeRetainedValue()
                request?.deallocate()
                job.worker?.ended(job)
            }
        )
        precondition(status == 0, "libuv refuses no job that has work to do, but: \(status)")
    }

    private func ended(_ job: Job) {
        isRunning[job.jobClass.rawValue] = false
        // First, so that the disk works while the completion does.
        startNext(job.jobClass)
        job.complete()
    }
}

/// A job whose result has whatever type. While it runs, the pool's thread alone touches it; otherwise the loop does.
private class Job {
    let jobClass: DiskWorker.JobClass
    /// Set when the job starts: the worker lives while one of its jobs runs.
    var worker: DiskWorker?

    init(_ jobClass: DiskWorker.JobClass) {
        self.jobClass = jobClass
    }

    func run() { preconditionFailure("a job without work") }
    func complete() { preconditionFailure("a job without a result") }

    static func of(_ request: UnsafeMutablePointer<uv_work_t>?) -> Unmanaged<Job> {
        guard let data = request?.pointee.data else { preconditionFailure("a libuv request without its job") }
        return Unmanaged.fromOpaque(data)
    }
}

private final class TypedJob<Output: Sendable>: Job {
    private let work: @Sendable () -> Output
    private let completion: (Output) -> Void
    private var output: Output?

    init(
        _ jobClass: DiskWorker.JobClass, _ work: @escaping @Sendable () -> Output,
        _ completion: @escaping (Output) -> Void
    ) {
        self.work = work
        self.completion = completion
        super.init(jobClass)
    }

    override func run() {
        output = work()
    }

    override func complete() {
        guard let output else { preconditionFailure("a job ended before it ran") }
        completion(output)
    }
}
