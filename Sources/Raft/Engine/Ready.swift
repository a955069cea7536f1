/// All the work that follows from the events since the last one. The order is in the fields (STYLE: ordering as structure):
///
/// 1. `hardState` is written and synced before anything else here leaves the node or reaches the log.
/// 2. `truncateAfter`, then `entries`, go to the log as one batch, which is synced.
/// 3. `messages` leave as soon as no hard state waits for its sync; entries may be on their way to the disk meanwhile
///    (thesis 10.2.1: the leader writes in parallel with its followers).
/// 4. `messagesAfterEntries` leave once everything handed to the log so far is durable.
/// 5. `committed` is applied, then `reads` up to their index are answered.
package struct Ready: Sendable {
    package var hardState: HardState?
    /// The log keeps nothing above this position.
    package var truncateAfter: LogPosition?
    package var entries: [LogEntry] = []
    package var messages: [Outbound] = []
    package var messagesAfterEntries: [Outbound] = []
    /// Entries whose commitment is news, dense and in order.
    package var committed: [LogEntry] = []
    package var reads: [ReadState] = []
    /// Reads that this node can no longer confirm: it does not lead.
    package var failedReads: [UInt64] = []
    package var logReads: [LogRead] = []
    /// Followers whose next entry the log holds no more: each is owed a snapshot, until `Event.snapshotSent` or `.snapshotFailed`.
    package var snapshotsNeeded: [Member.Number] = []
    /// The indexes of all payloads proposed since the last `Ready`, in order; `nil` where this node did not lead.
    package var proposed: [LogIndex?] = []
    /// When `Event.tick` is due.
    package var deadline = Instant.never

    /// A read that may be served once `index` is applied (thesis 6.4).
    package struct ReadState: Sendable, Equatable {
        package let id: UInt64
        package let index: LogIndex
    }

    /// Entries that a follower needs and memory no longer holds.
    package struct LogRead: Sendable, Equatable {
        package let member: Member.Number
        package let from: LogIndex
    }
}

/// A message on its way out.
package enum Outbound: Sendable, Equatable {
    case request(PeerRequest, to: Member.Number)
    case reply(PeerResponse, token: UInt64)
}
