package import Raft

/// The name of a request that one node forwards to another: the same at every attempt, so that it takes effect once.
package struct RequestID: Sendable, Hashable {
    /// The node that forwards.
    package let instance: InstanceID
    /// Which run of that node's process.
    package let boot: UInt64
    /// Counts the requests of that run.
    package let sequence: UInt64

    package init(instance: InstanceID, boot: UInt64, sequence: UInt64) {
        self.instance = instance
        self.boot = boot
        self.sequence = sequence
    }
}

/// What must hold for an operation to take effect, as HTTP states it (RFC 9110, 13.1).
package enum Condition: Sendable, Equatable {
    case none
    /// `If-Match: "1", "2"`: the key is present and its revision is one of these.
    case matchesAny(revisions: [UInt64])
    /// `If-Match: *`: the key is present.
    case exists
    /// `If-None-Match: *`: the key is absent.
    case absent

    /// Whether it holds for a key whose value has `revision`, `nil` when the key is absent.
    package func holds(for revision: UInt64?) -> Bool {
        switch self {
        case .none: true
        case .matchesAny(let revisions): revision.map { revisions.contains($0) } ?? false
        case .exists: revision != nil
        case .absent: revision == nil
        }
    }
}

/// A change of the state.
package enum Operation: Sendable, Equatable {
    case put(key: [UInt8], value: [UInt8], condition: Condition)
    case delete(key: [UInt8], condition: Condition)

    /// What it weighs while it waits, in bytes.
    package var byteCount: Int {
        switch self {
        case .put(let key, let value, _): key.count + value.count
        case .delete(let key, _): key.count
        }
    }
}

/// What a client asks to change, as it travels to the leader and lies in the log.
package struct Command: Sendable, Equatable {
    /// `nil` when nobody would ever send it a second time.
    package let requestID: RequestID?
    /// The forwarder has its answers for all sequences below: their outcomes need not be kept. 0 without a request id.
    /// - Invariant: `completedBelow <= requestID.sequence`
    package let completedBelow: UInt64
    package let operation: Operation

    package init(_ operation: Operation, requestID: RequestID? = nil, completedBelow: UInt64 = 0) {
        precondition(
            completedBelow <= requestID?.sequence ?? 0,
            "request \(requestID?.sequence ?? 0) claims that all below \(completedBelow) are complete"
        )
        self.requestID = requestID
        self.completedBelow = completedBelow
        self.operation = operation
    }
}
