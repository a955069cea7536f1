/// Everything that can happen to a node, as far as consensus is concerned.
package enum Event: Sendable {
    /// The deadline of the last `Ready` has passed, or may have.
    case tick
    /// A request from another node. `token` comes back in the reply.
    case request(PeerRequest, token: UInt64)
    /// What the process at the address of member `from` answered.
    case response(PeerResponse, from: Member.Number)
    /// A request to the member was lost: whatever was in flight to it has to be sent again.
    case unreachable(Member.Number)
    /// Payloads for command entries. Only a leader takes them: see `Ready.proposed`.
    case propose([[UInt8]])
    /// All hard state that any `Ready` has brought is durable.
    case hardStatePersisted
    /// The log is durable up to here.
    case persisted(LogPosition)
    /// A linearizable read that has just arrived.
    case read(id: UInt64)
    /// Entries that a `Ready.LogRead` asked for, read from disk; empty when they could not be had.
    case entriesRead([LogEntry], for: Member.Number)
    /// Formation has met a majority: this configuration is in force until the first leader's entry replaces it.
    case bootstrap(Configuration)
    /// A formed cluster knows this instance although nothing of its log is here yet: it may vote, never stand.
    case admitted
    /// The leader puts this configuration in force at once, by an entry of the log.
    /// - Precondition: `raft.canReconfigure`, and a single change to `raft.configuration` (see `Configuration.adding` and its
    ///   siblings).
    case reconfigure(Configuration)
    /// The leader hands its office to this voter (thesis 3.10): `raft.transferTarget` is it until another leads, the target turns
    /// out to be unreachable or unfit (at once), or the longest election time-out has passed. Nothing is to be proposed meanwhile.
    case transfer(to: Member.Number)
    /// The leader's port refused a connection, so its process may be gone: this node stands within milliseconds instead of an
    /// election time-out, and refuses nobody else its vote. May be mistaken: the leader's next message makes it void.
    case leaderRefused(leader: InstanceID, term: Term)
    /// A message of a leader that the engine does not deal with itself, a piece of a snapshot: recognised like an append.
    case leaderHeard(PeerHeader)
    /// How this node's own disk does.
    case storage(StorageState)
    /// The instances whose state machines are known to be wrong: they vote, and do not lead if another can.
    case unfit([InstanceID])
    /// The state machine stands at this position now, taken from the leader's snapshot, and the log before it is void.
    ///
    /// To be stepped in the turn that hands the reset of the log to the disk, not when that is done: what is appended later goes to
    /// the disk behind it.
    /// - Precondition: `raft.needsSnapshot(at:)`, in the same turn
    case snapshotInstalled(LogPosition, configuration: Configuration, configurationIndex: LogIndex)
    /// This node's log on disk holds nothing up to here any more; a durable snapshot does.
    case compacted(LogPosition)
    /// The member has installed this node's snapshot at that position.
    case snapshotSent(to: Member.Number, LogPosition)
    /// The member did not get the snapshot: asked for again after the next heartbeat it answers.
    case snapshotFailed(to: Member.Number)
}

/// What a node's disk lets it do.
package enum StorageState: Sendable, Equatable {
    case healthy
    /// Takes no more entries: the node votes, and neither appends nor stands for election.
    case full
    /// A write does not come back: the node does not stand, and leads no longer.
    case hung
}
