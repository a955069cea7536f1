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

/// What a client asks to change, as it travels to the leader and lies in the log.
package struct Command: Sendable, Equatable {
    /// `nil` when nobody would ever send it a second time.
    package let requestID: RequestID?
    /// The forwarder has its answers for all sequences below: their outcomes need not be kept. 0 without a request id.
    /// - Invariant: `completedBelow <= requestID.sequence`
    package let completedBelow: UInt64
    package let operation: Operation
    /// `nil` when the client did not name its request.
    package let idempotencyKey: IdempotencyKey?

    package init(
        _ operation: Operation, requestID: RequestID? = nil, completedBelow: UInt64 = 0,
        idempotencyKey: IdempotencyKey? = nil
    ) {
        precondition(
            completedBelow <= requestID?.sequence ?? 0,
            "request \(requestID?.sequence ?? 0) claims that all below \(completedBelow) are complete"
        )
        self.requestID = requestID
        self.completedBelow = completedBelow
        self.idempotencyKey = idempotencyKey
        self.operation = operation
    }
}
