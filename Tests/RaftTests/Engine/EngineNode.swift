import Raft

/// One `Raft` value with what the engine leaves to others: a disk that may lag, and a state machine that notes what it got.
struct EngineNode {
    /// What one `Ready` hands to the log, written as a whole.
    struct DiskWrite {
        let truncateAfter: LogPosition?
        let entries: [LogEntry]
    }

    let number: Member.Number
    let identity: Identity
    var raft: Raft

    // The disk: survives a restart.
    var hardState = HardState.initial
    var durable: [LogEntry] = []

    // Memory: lost in a restart.
    var writes: [DiskWrite] = []
    /// Messages that wait for the disk, each with the count of writes that have to be done first.
    var waiting: [(after: Int, message: Outbound)] = []
    var writesDone = 0
    var applied: [LogEntry] = []
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

    /// Starts again from what the disk holds, the first `commitIndex` entries being known as committed and applied.
    /// - Precondition: `commitIndex <= durable.count`
    mutating func restart(commitIndex: LogIndex, settings: RaftSettings, seed: UInt64, now: Instant) throws {
        var log = RaftLog()
        var configurations: [(index: LogIndex, configuration: Configuration)] = []
        for entry in durable {
            if entry.index <= commitIndex { log.noteOnDisk(entry.position) } else { log.append(entry) }
            if entry.kind == .configuration {
                configurations.append((entry.index, try ConfigurationCodec.decode(entry.payload)))
            }
        }
        raft = Raft(
            identity: identity, settings: settings, hardState: hardState, log: log, configurations: configurations,
            commitIndex: commitIndex, seed: seed, now: now)
        applied = Array(durable.prefix(Int(commitIndex)))
        (writes, waiting, writesDone, toldRole) = ([], [], 0, .follower)
    }

    /// Makes the oldest write durable. Returns where the log on disk ends now.
    mutating func finishWrite() -> LogPosition {
        let write = writes.removeFirst()
        if let kept = write.truncateAfter { durable.removeLast(durable.count - Int(kept.index)) }
        durable += write.entries
        writesDone += 1
        return durable.last?.position ?? .zero
    }

    /// The messages that wait for nothing any more.
    mutating func takeUnblocked() -> [Outbound] {
        let free = waiting.prefix { $0.after <= writesDone }.map(\.message)
        waiting.removeFirst(free.count)
        return free
    }
}
