/// What is owed to a member that has left: its own removal, and the news that it is committed. Else it would not know that it is one
/// no more, and would go on to ask for votes.
struct Farewell: Sendable, Equatable {
    /// As the last configuration that held it says.
    let member: Member
    /// The entry that removed it.
    let removalIndex: LogIndex
    /// Who does not answer until then is left alone.
    let until: Instant
    /// The heartbeat round that told it of the commitment; its answer ends the matter.
    var round: UInt64?

    /// How long a member that does not answer is fed.
    static let milliseconds: UInt64 = 60_000
}
