package import Raft
package import StateMachine

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

    // MARK: The disk

    /// An `Effect.disk` is done: all its operations, in order.
    case diskCompleted(DiskJob.ID)
    /// An `Effect.disk` met a disk without space (ENOSPC, EDQUOT) at operation number `completed`, counted from 0: the ones before are
    /// done, of this one nothing counts, and none after it was tried.
    case diskStalled(DiskJob.ID, completed: Int, reason: String)
    /// What an `Effect.readLog` found: nothing when the file is gone, `nil` when the disk would not give it.
    case logRead(LogRead, [UInt8]?, for: Member.Number)

    // MARK: Snapshots

    /// An `Effect.writeSnapshot` is done: the file is durable.
    case snapshotWritten(SnapshotWriter.Result)
    /// An `Effect.writeSnapshot` was given up for want of space; what it had written is removed.
    case snapshotNotWritten(id: UInt64, reason: String)
    /// What an `Effect.loadSnapshot` found.
    case snapshotLoaded(id: UInt64, Result<LoadedSnapshot, RecoveryFailure>)
    /// What an `Effect.readSnapshot` found; `nil` when the disk would not give it.
    case snapshotRead(SnapshotRead, [UInt8]?)

    // MARK: Membership

    /// An operator asks for a change; answered by `Effect.administered` with the same id.
    case administer(AdminRequest, id: UInt64)
    /// The answer to an `Effect.requestJoin`.
    case joinAnswered(JoinAnswer)
    /// The answer to an `Effect.probe`.
    case probed(ProbeContext, ProbeResult)
    /// A connection that this instance's process held to our cluster port has closed.
    case connectionClosed(InstanceID)
}

/// What a message was for: given with `Effect.send`, handed back with its answer or its failure.
package enum SendContext: Sendable, Equatable {
    case consensus(Member.Number)
    case forward(batch: UInt64)
    case readIndex(round: UInt64)
    case hello(peer: Int)
    /// A chunk of the snapshot transfer with this number.
    case snapshot(Member.Number, transfer: UInt64)
    /// An operator's request on its way to the leader.
    case administer(UInt64)
    /// The hello to a node that shall join.
    case dial(UInt64)
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

/// What a node that was asked to let this one join said.
package enum JoinAnswer: Sendable, Equatable {
    case accepted
    /// - Parameter isFinal: whether asking again changes nothing before somebody mends what the message tells.
    case refused(message: String, isFinal: Bool)
    case unreachable(reason: String)
}

/// Why an address was dialled: the leader that seems to have died, in its term.
package struct ProbeContext: Sendable, Equatable {
    package let leader: InstanceID
    package let term: Term

    package init(leader: InstanceID, term: Term) {
        self.leader = leader
        self.term = term
    }
}

/// What dialling a TCP port came to.
package enum ProbeResult: Sendable, Equatable {
    /// Somebody answered that nobody listens there.
    case refused
    case connected
    /// Silence, or no way there: says nothing about the process.
    case failed
}
