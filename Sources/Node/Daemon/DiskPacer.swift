import Reactor

/// Lets large jobs have the disk a slice at a time, and only while the log is not kept waiting: what is acknowledged goes first.
final class DiskPacer {
    /// A job of the log that takes longer is late: on a healthy disk it takes a few milliseconds.
    static let lateMilliseconds: UInt64 = 20

    private let now: () -> UInt64
    /// When the jobs of the log that are under way or queued were submitted.
    private var logJobs: [UInt64] = []
    /// In order.
    private var waiting: [() -> Void] = []

    init(on loop: EventLoop) {
        now = { loop.nowNanoseconds }
    }

    /// - Parameter now: a monotonic clock in nanoseconds.
    init(now: @escaping () -> UInt64) {
        self.now = now
    }

    func logJobBegins() { logJobs.append(now()) }

    /// The oldest job of the log is done.
    func logJobEnds() {
        logJobs.removeFirst()
        let released = waiting
        waiting = []
        for start in released { start() }
    }

    /// Runs `start` at once, or when the job of the log that is late is done.
    func whenCalm(_ start: @escaping () -> Void) {
        guard isLogLate || !waiting.isEmpty else { return start() }
        waiting.append(start)
    }

    private var isLogLate: Bool {
        logJobs.first.map { now() - $0 >= DiskPacer.lateMilliseconds * 1_000_000 } ?? false
    }
}
