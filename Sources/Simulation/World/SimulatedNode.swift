import Raft
package import Replica

/// A machine: its disk lives on, its process comes and goes.
package final class SimulatedNode {
    package let place: Int
    package let nodeID: String
    package var address: String
    /// How the node finds its cluster, instead of by `--peers`.
    package var joining: JoinSettings?
    package var disk = SimulatedDisk()
    /// The running process, if one runs.
    package internal(set) var replica: Replica?
    /// Counts the starts.
    package internal(set) var boot: UInt64 = 0
    /// Why the process stopped itself, if it did.
    package internal(set) var stopMessage: String?
    /// Replaces the settings' disk time, in microseconds.
    package var diskMicroseconds: ClosedRange<UInt64>?
    /// Whether nothing on the disk may grow any more.
    package var hasNoSpace = false
    /// Whether the power goes as soon as the node has sent what its next turn led to.
    package var crashesAfterTurn = false
    /// Whether an operator wants it out: if it forms with `--peers` and its disk holds nothing, it finds itself a stranger and stops.
    var isLetGo = false
    /// Whether the process ends as soon as its replica is quiet.
    var endsWhenQuiet = false
    /// Whether the next sync of a file fails, which ends the process.
    package var failsNextSync = false
    /// Whether its directory was lost, or is not to be used any more: nobody starts it before it is out of the cluster.
    package var isCondemned = false

    /// The jobs of each class, the first one running.
    var jobs = Array(repeating: [DiskJob](), count: 4)
    /// The snapshot that is being written, and what the disk does for it at present.
    var snapshotStep: (writer: SnapshotWriter, operations: [DiskOperation])?
    /// When the next tick is scheduled.
    var wakeTime = Instant.never
    var isFlushScheduled = false
    var clock: SimulatedClock
    /// Since when the process is stopped, and when it was let go on last.
    var pausedSince: Instant?
    var resumedAt = Instant.zero
    /// What has arrived since.
    var backlog: [Input] = []
    /// What it has told others, and what the checks have seen.
    var promises = Promises()
    var seen = SeenLog()
    var watch = NodeWatch()
    /// Whether it has truncated its log and not begun a segment since.
    var hasTruncated = false
    /// Where its log began when last looked at.
    var logBase: LogIndex = 0
    /// Whose directory is on the disk, once the node has started with it.
    var instance: InstanceID?

    init(place: Int, clock: SimulatedClock) {
        self.place = place
        self.clock = clock
        nodeID = "n\(place + 1)"
        address = "n\(place + 1):7000"
    }

    package var isRunning: Bool { replica != nil }
    package var isLeader: Bool { replica?.raft.isLeader ?? false }
    package var isPaused: Bool { pausedSince != nil }

    /// Performs operations in order, as long as there is space for them. Returns how many.
    func perform(_ operations: [DiskOperation]) -> Int {
        for (place, operation) in operations.enumerated() {
            if hasNoSpace, disk.needsSpace(for: operation) { return place }
            disk.perform(operation)
        }
        return operations.count
    }

    /// The process is killed: of the jobs that ran some operations are done, and what is done stays.
    /// - Parameter performing: how many operations of the job of the log class; by chance when `nil`.
    func loseProcess(performing logOperations: Int? = nil, using random: inout SeededRandom) {
        for queue in jobs.indices {
            if let running = jobs[queue].first {
                let chosen = queue == DiskJob.Class.log.queue ? logOperations : nil
                let count = chosen ?? Int.random(in: 0...running.operations.count, using: &random)
                disk.perform(running.operations.prefix(count))
            }
            jobs[queue] = []
        }
        if let (_, operations) = snapshotStep {
            disk.perform(operations.prefix(Int.random(in: 0...operations.count, using: &random)))
            snapshotStep = nil
        }
    }

    /// Brings the disk into the state that the loss of power leaves: of what the process had it do, what was synced.
    /// - Parameter performing: as for `loseProcess`.
    func losePower(tearing: Bool, performing logOperations: Int? = nil, using random: inout SeededRandom) {
        loseProcess(performing: logOperations, using: &random)
        if tearing { disk.crash(tearing: &random) } else { disk.crash() }
    }
}

extension DiskJob.Class {
    /// The place of the class's queue.
    var queue: Int {
        switch self {
        case .log: 0
        case .preparation: 1
        case .side: 2
        case .bulk: 3
        }
    }
}
