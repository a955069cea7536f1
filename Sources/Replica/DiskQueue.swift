import Raft

/// What waits for the disk, and what waits for that: one job of the log class is in flight, hard state goes first, and all entries
/// that come meanwhile become the next batch (group commit).
struct DiskQueue {
    enum Work: Equatable {
        case hardState
        case entries(through: LogPosition)
        case seal
        /// A received snapshot takes its name, and the log goes on behind it.
        case install

        /// Whether acknowledgements wait for it.
        var isOfLog: Bool {
            switch self {
            case .entries, .install: true
            case .hardState, .seal: false
            }
        }
    }

    struct Job {
        let id: DiskJob.ID
        let work: Work
        /// When the disk was given it, or was asked again.
        var since: Instant
    }

    private(set) var inFlight: Job?

    private var hardState: HardState?
    /// Messages that leave once no hard state waits.
    private var behindHardState: [Outbound] = []

    private(set) var truncateAfter: LogPosition?
    private(set) var entries: [LogEntry] = []
    /// What `entries` weigh, in bytes.
    private(set) var weight = 0
    /// Messages that leave once `entries` are durable, and once those in flight are.
    private var behindNext: [Outbound] = []
    private var behindCurrent: [Outbound] = []

    var isIdle: Bool { inFlight == nil && hardState == nil && entries.isEmpty && truncateAfter == nil }

    /// Whether some hard state is not durable yet.
    var holdsHardState: Bool { hardState != nil || inFlight?.work == .hardState }

    /// Takes the disk's share of a `Ready`. Returns the messages that need not wait.
    mutating func add(_ ready: Ready) -> [Outbound] {
        if let state = ready.hardState { hardState = state }
        if let position = ready.truncateAfter { truncate(after: position) }
        entries += ready.entries
        weight += ready.entries.reduce(0) { $0 + $1.weight }
        var free: [Outbound] = []
        if holdsHardState { behindHardState += ready.messages } else { free = ready.messages }
        if !entries.isEmpty || truncateAfter != nil {
            behindNext += ready.messagesAfterEntries
        } else if inFlight?.work.isOfLog == true {
            behindCurrent += ready.messagesAfterEntries
        } else if holdsHardState {
            behindHardState += ready.messagesAfterEntries
        } else {
            free += ready.messagesAfterEntries
        }
        return free
    }

    private mutating func truncate(after position: LogPosition) {
        // Entries that never reached the log need no truncation there.
        let logEnd = truncateAfter?.index ?? entries.first.map { $0.index - 1 }
        entries.removeAll { $0.index > position.index }
        weight = entries.reduce(0) { $0 + $1.weight }
        if logEnd.map({ position.index < $0 }) ?? true { truncateAfter = position }
    }

    mutating func takeHardState() -> HardState? {
        defer { hardState = nil }
        return hardState
    }

    /// The next batch; the messages behind it leave when it is done.
    mutating func takeEntries() -> (truncateAfter: LogPosition?, entries: [LogEntry]) {
        defer { (truncateAfter, entries, weight) = (nil, [], 0) }
        behindCurrent += behindNext
        behindNext = []
        return (truncateAfter, entries)
    }

    /// Forgets the entries that wait: a snapshot takes the place of the log they belong to. Returns the messages that waited for them,
    /// none of which is true any more.
    mutating func abandonEntries() -> [Outbound] {
        precondition(inFlight == nil && hardState == nil, "a log is abandoned between two jobs")
        defer { (truncateAfter, entries, weight, behindNext) = (nil, [], 0, []) }
        return behindNext
    }

    mutating func started(_ id: DiskJob.ID, _ work: Work, now: Instant) {
        precondition(inFlight == nil, "one log job at a time")
        inFlight = Job(id: id, work: work, since: now)
    }

    /// The disk is asked for the rest of the job in flight once more.
    mutating func restarted(now: Instant) { inFlight?.since = now }

    /// The job in flight is done. Returns what it was and the messages that waited for it.
    mutating func completed(_ id: DiskJob.ID) -> (work: Work, released: [Outbound]) {
        guard let job = inFlight, job.id == id else {
            preconditionFailure("disk job \(id) is not in flight")
        }
        inFlight = nil
        switch job.work {
        case .hardState:
            guard hardState == nil else { return (job.work, []) }
            defer { behindHardState = [] }
            return (job.work, behindHardState)
        case .entries, .install:
            defer { behindCurrent = [] }
            guard hardState == nil else {
                // Nothing of a new term leaves before that term is on disk.
                behindHardState += behindCurrent
                return (job.work, [])
            }
            return (job.work, behindCurrent)
        case .seal:
            return (job.work, [])
        }
    }
}
