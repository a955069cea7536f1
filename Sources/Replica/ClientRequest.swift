package import StateMachine

/// What a client of this node asks.
package struct ClientRequest: Sendable {
    package typealias ID = UInt64

    package enum Body: Sendable {
        /// - Parameter key: makes a retry return the first outcome, at any node.
        case write(Operation, key: IdempotencyKey? = nil)
        case read(Query, Consistency)
    }

    package let id: ID
    package let body: Body

    package init(id: ID, body: Body) {
        self.id = id
        self.body = body
    }
}

package enum Query: Sendable {
    case get(key: [UInt8])
    case list(prefix: [UInt8], startAfter: [UInt8]?, limit: Int, maxBytes: Int)
    case session(SessionQuery)
    case heap(HeapQuery)
    /// The index of the last entry applied.
    case revision
    /// The whole state.
    case snapshot
}

package enum Consistency: Sendable {
    /// Reflects every write that was acknowledged before the read arrived, on any node.
    case linearizable
    /// Whatever this node has applied.
    case stale
}

/// What a client is told.
package enum Answer: Sendable {
    case outcome(Outcome)
    case value(Versioned?)
    case page(Page)
    case session(SessionAnswer)
    case heap(HeapAnswer)
    case revision(UInt64)
    case snapshot(StateMachine.View)
    /// A write may or may not have happened.
    case outcomeUnknown(reason: String)
    /// It did not happen and will not: there is no leader, or no majority that would confirm it.
    case unavailable(reason: String)
    /// It did not happen and will not: too much is under way.
    case overloaded(reason: String)
    /// It did not happen and will not: no majority has space for it. The reason names the nodes.
    case noSpace(reason: String)
    /// It did not happen and will not: the state has reached its limit.
    case quotaExceeded(reason: String)
}
