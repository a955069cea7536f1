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
}
