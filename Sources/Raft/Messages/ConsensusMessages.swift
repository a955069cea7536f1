/// RequestVote (thesis 3.4) and its trial run, pre-vote (thesis 9.6). For a pre-vote the header's term is the one the sender
/// *would* stand in.
package struct RequestVote: Sendable, Equatable {
    package let lastLog: LogPosition
    package let isPreVote: Bool
    /// An election that the leader itself asked for (TimeoutNow, thesis 3.10): not refused because a leader is heard.
    package let isTransfer: Bool

    package init(lastLog: LogPosition, isPreVote: Bool, isTransfer: Bool = false) {
        self.lastLog = lastLog
        self.isPreVote = isPreVote
        self.isTransfer = isTransfer
    }
}

package struct RequestVoteResponse: Sendable, Equatable {
    package let isPreVote: Bool
    package let isGranted: Bool

    package init(isPreVote: Bool, isGranted: Bool) {
        self.isPreVote = isPreVote
        self.isGranted = isGranted
    }
}

/// AppendEntries (thesis 3.5) with entries, or without them as a probe.
package struct AppendEntries: Sendable, Equatable {
    package let previous: LogPosition
    /// Dense and ascending from `previous.index + 1`, terms never falling.
    package let entries: [LogEntry]
    package let leaderCommit: LogIndex

    package init(previous: LogPosition, entries: [LogEntry], leaderCommit: LogIndex) {
        self.previous = previous
        self.entries = entries
        self.leaderCommit = leaderCommit
    }

    package var lastIndex: LogIndex { previous.index + LogIndex(entries.count) }
}

package enum AppendEntriesResponse: Sendable, Equatable {
    /// The follower's log is the leader's up to `matchIndex`, and durably so.
    case matched(matchIndex: LogIndex)
    /// The entry before the new ones is missing or of another term. `hint` is the last position at which the two logs may
    /// agree as far as the follower can tell (thesis 3.5, "an optimization"); `rejected` is the index that was asked about.
    case conflict(rejected: LogIndex, hint: LogPosition)
    /// The request's term is over; the header tells the new one.
    case staleTerm
    /// The recipient's disk is full: nothing was appended.
    case noSpace
}

/// The leader's sign of life, on a connection of its own so that no log write delays it.
package struct Heartbeat: Sendable, Equatable {
    /// Never beyond what the recipient is known to hold.
    package let leaderCommit: LogIndex
    /// Grows with every broadcast; an answer confirms leadership for reads that came before it (thesis 6.4).
    package let round: UInt64

    package init(leaderCommit: LogIndex, round: UInt64) {
        self.leaderCommit = leaderCommit
        self.round = round
    }
}

package struct HeartbeatResponse: Sendable, Equatable {
    package let round: UInt64
    /// False when the sender's term is over.
    package let isAccepted: Bool
    /// Whether the recipient's disk takes entries at present.
    package let hasSpace: Bool

    package init(round: UInt64, isAccepted: Bool, hasSpace: Bool = true) {
        self.round = round
        self.isAccepted = isAccepted
        self.hasSpace = hasSpace
    }
}
