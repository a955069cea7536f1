import Bytes
package import Raft

/// The secret name of an MCP session: 128 random bits, made by the node where a client began it.
package typealias MCPSessionID = RandomID

/// What client and server agreed on when the client said `initialize`, and what it subscribed to since: the same on every node, so that
/// any node can go on for any other.
package struct MCPSession: Sendable, Equatable {
    /// The longest revision of the protocol, in bytes.
    package static let maximumRevisionCount = 32
    /// The most resources that a session may be subscribed to, and the most bytes of their URIs together.
    package static let maximumSubscriptions = 1000
    package static let maximumSubscriptionBytes = 64 << 10

    /// What it takes beside its bytes, and each of its subscriptions.
    private static let overhead = 320
    static let subscriptionOverhead = 48

    /// The revision of the protocol.
    package let revision: [UInt8]
    /// The session log of calls that name none.
    package let sessionLog: [UInt8]
    /// When it was last known to be in use, in milliseconds of the entries' clock.
    package internal(set) var lastUsed: UInt64
    /// The URIs that it is subscribed to, ascending, as the client spells them.
    package private(set) var subscriptions: [[UInt8]] = []
    /// The index of the entry that changed them last; 0 before the first.
    package internal(set) var subscribedAt: LogIndex = 0

    private(set) var subscriptionBytes = 0

    init(revision: [UInt8], sessionLog: [UInt8], lastUsed: UInt64) {
        self.revision = revision
        self.sessionLog = sessionLog
        self.lastUsed = lastUsed
    }

    /// About how many bytes it takes.
    var byteCount: Int {
        MCPSession.overhead + revision.count + sessionLog.count + subscriptionBytes
            + subscriptions.count * MCPSession.subscriptionOverhead
    }

    /// Adds a URI unless it is there.
    /// - Returns: whether there was room for it.
    mutating func subscribe(_ uri: [UInt8], at index: LogIndex) -> Bool {
        let place = lowerBound(of: uri)
        if place < subscriptions.count, subscriptions[place] == uri { return true }
        guard subscriptions.count < MCPSession.maximumSubscriptions,
            subscriptionBytes + uri.count <= MCPSession.maximumSubscriptionBytes
        else { return false }
        subscriptions.insert(uri, at: place)
        subscriptionBytes += uri.count
        subscribedAt = index
        return true
    }

    mutating func unsubscribe(_ uri: [UInt8], at index: LogIndex) {
        let place = lowerBound(of: uri)
        guard place < subscriptions.count, subscriptions[place] == uri else { return }
        subscriptions.remove(at: place)
        subscriptionBytes -= uri.count
        subscribedAt = index
    }

    private func lowerBound(of uri: [UInt8]) -> Int {
        var low = 0
        var high = subscriptions.count
        while low < high {
            let middle = (low + high) / 2
            if KeyOrder.precedes(subscriptions[middle], uri) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
