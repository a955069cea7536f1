import Raft

/// One `Raft` value with what the engine leaves to others: a disk that may lag, a state machine that notes what it got, and snapshots
/// of it.
struct EngineNode {
    /// What one `Ready` hands to the log, written as a whole; or a received snapshot, which makes the log void.
    struct DiskWrite {
        var truncateAfter: LogPosition?
        var entries: [LogEntry] = []
        var snapshot: Snapshot?
    }

    /// A state machine that notes what it gets is its own snapshot.
    struct Snapshot {
        static let none = Snapshot(applied: [], configurationIndex: 0, configuration: .none)

        let applied: [LogEntry]
        let configurationIndex: LogIndex
        let configuration: Configuration

        var position: LogPosition { applied.last?.position ?? .zero }
    }

    let number: Member.Number
    let identity: Identity
    var raft: Raft

    /// What formation has found, and would find again as long as nothing is in the log.
    var formation: Event?

    // The disk: survives a restart.
    var hardState = HardState.initial
    /// What the log goes on after.
    var snapshot = Snapshot.none
    var durable: [LogEntry] = []

    // Memory: lost in a restart.
    var writes: [DiskWrite] = []
    /// Messages that wait for the disk, each with the count of writes that have to be done first.
    var waiting: [(after: Int, message: Outbound)] = []
    var writesDone = 0
    var applied: [LogEntry] = []
    /// Members that a snapshot is owed to.
    var owed: [Member.Number] = []
    /// The role that was last told.
    var toldRole = Raft.Role.follower
    /// Whether writes stay undone until they are asked for.
    var isDiskHeld = false

    /// A node with an empty disk.
    init(number: Member.Number, settings: RaftSettings, seed: UInt64, now: Instant) {
        self.number = number
        identity = Self.identity(number)
        raft = Raft(
            identity: identity, settings: settings, hardState: .initial, log: RaftLog(), configurations: [],
            commitIndex: 0, seed: seed, now: now)
    }

    static func identity(_ number: Member.Number) -> Identity {
        Identity(nodeID: "n\(number)", instance: InstanceID(high: UInt64(number), low: 1))
    }

    /// The highest index that the disk holds.
    var lastDurable: LogIndex { durable.last?.index ?? snapshot.position.index }

    /// Whether the disk holds this very entry.
    func holds(_ entry: LogEntry) -> Bool {
        let known = entry.index <= snapshot.position.index ? snapshot.applied : durable
        return known.dropFirst(Int(entry.index - (known.first?.index ?? 1))).first == entry
    }

    /// Starts again from what the disk holds, entries up to `commitIndex` being known as committed and applied.
    /// - Precondition: `snapshot.position.index <= commitIndex <= lastDurable`
    mutating func restart(commitIndex: LogIndex, settings: RaftSettings, seed: UInt64, now: Instant) throws {
        var log = RaftLog(base: snapshot.position)
        var configurations: [(index: LogIndex, configuration: Configuration)] = []
        if !snapshot.applied.isEmpty { configurations = [(snapshot.configurationIndex, snapshot.configuration)] }
        for entry in durable {
            if entry.index <= commitIndex { log.noteOnDisk(entry.position) } else { log.append(entry) }
            if entry.kind == .configuration {
                configurations.append((entry.index, try ConfigurationCodec.decode(entry.payload)))
            }
        }
        raft = Raft(
            identity: identity, settings: settings, hardState: hardState, log: log, configurations: configurations,
            commitIndex: commitIndex, seed: seed, now: now)
        applied = snapshot.applied + durable.prefix { $0.index <= commitIndex }
        (writes, waiting, writesDone, toldRole, owed) = ([], [], 0, .follower, [])
    }

    /// Makes the oldest write durable. Returns where the log on disk ends now.
    mutating func finishWrite() -> LogPosition {
        let write = writes.removeFirst()
        if let received = write.snapshot { (snapshot, durable) = (received, []) }
        if let kept = write.truncateAfter { durable.removeAll { $0.index > kept.index } }
        durable += write.entries
        writesDone += 1
        return durable.last?.position ?? snapshot.position
    }

    /// The messages that wait for nothing any more.
    mutating func takeUnblocked() -> [Outbound] {
        let free = waiting.prefix { $0.after <= writesDone }.map(\.message)
        waiting.removeFirst(free.count)
        return free
    }

    /// What is applied up to `index`, as a snapshot.
    func snapshot(at index: LogIndex) -> Snapshot {
        let part = Array(applied.prefix(Int(index)))
        var found = (index: snapshot.configurationIndex, configuration: snapshot.configuration)
        for entry in part where entry.kind == .configuration {
            if let configuration = try? ConfigurationCodec.decode(entry.payload) {
                found = (entry.index, configuration)
            }
        }
        return Snapshot(applied: part, configurationIndex: found.index, configuration: found.configuration)
    }
}
