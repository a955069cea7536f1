/// Commands that a follower passes on for its clients. The leader answers when each is applied or refused.
package struct Propose: Sendable, Equatable {
    /// Encoded commands, each with its request id; the leader stamps the time.
    package let commands: [[UInt8]]

    package init(commands: [[UInt8]]) { self.commands = commands }
}

package struct ProposeResponse: Sendable, Equatable {
    /// One a command, in order.
    package let results: [Result]

    package init(results: [Result]) { self.results = results }

    package enum Result: Sendable, Equatable {
        /// Committed and applied; the outcome as the state machine encodes it.
        case applied(outcome: [UInt8])
        /// Never appended, and never will be: this node does not lead, or it is full.
        case notLeader
        case overloaded
        /// Never appended, and never will be: no majority has space for it.
        case noSpace(reason: String)
        /// Never appended, and never will be: the state has reached its limit.
        case quotaExceeded(reason: String)
        /// Appended, but whether it will be committed is not known.
        case unknown
    }
}

/// Where a linearizable read may be served (thesis 6.4).
package enum ReadIndexResponse: Sendable, Equatable {
    /// Reads that arrived before the request may be answered once this index is applied.
    case index(LogIndex)
    /// This node does not lead, or could not confirm that it does.
    case notLeader
}
