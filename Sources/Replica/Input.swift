package import Raft

/// Everything that reaches a replica from outside.
package enum Input: Sendable {
    /// The replica's deadline has passed, or may have.
    case tick
    case client(ClientRequest)
    /// A request from another node; the answer leaves as `Effect.reply` with the same token.
    case peerRequest(PeerRequest, token: UInt64)
    /// The answer to an `Effect.send`.
    case peerResponse(PeerResponse, SendContext)
    /// An `Effect.send` that will not be answered.
    case sendFailed(SendContext, SendFailure)
    /// An `Effect.disk` is done: all its operations, in order.
    case diskCompleted(DiskJob.ID)
    /// What an `Effect.readLog` found; `nil` when the disk would not give it.
    case logRead(LogRead, [UInt8]?, for: Member.Number)
}

/// What a message was for: given with `Effect.send`, handed back with its answer or its failure.
package enum SendContext: Sendable, Equatable {
    case consensus(Member.Number)
    case forward(batch: UInt64)
    case readIndex(round: UInt64)
    case hello(peer: Int)
}

/// Why a request to another node has no answer.
package enum SendFailure: Sendable, Equatable {
    /// It never left: the peer cannot have seen it.
    case notSent(reason: String)
    /// It may have arrived.
    case lost(reason: String)

    package var reason: String {
        switch self {
        case .notSent(let reason), .lost(let reason): reason
        }
    }
}
