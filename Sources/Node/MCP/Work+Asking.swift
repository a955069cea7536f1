import HTTP
import MCP
import Replica
import StateMachine

/// Hands a question to the replica; the closure is called with its answer, once.
typealias Asking = (ClientRequest.Body, @escaping (Answer) -> Void) -> Void

/// How a request ended.
enum Ending {
    case reply(Reply)
    /// Nothing was done, for want of a leader, or of room.
    case refused(RPCError, HTTPStatus)

    var reply: Reply {
        switch self {
        case .reply(let reply): reply
        case .refused(let error, _): .error(error)
        }
    }
}

extension Work {
    /// What to ask the replica; `nil` when it is not needed.
    /// - Parameter isConfirmed: this node's state has everything that was acknowledged when the request came.
    func question(isConfirmed: Bool = false) -> ClientRequest.Body? {
        let consistency = isConfirmed ? Consistency.stale : .linearizable
        return switch self {
        case .answer, .subscribe: nil
        case .read(.session(let query), _): .read(.session(query), consistency)
        case .read(.heap(let query), _): .read(.heap(query), consistency)
        case .write(let operation, let key, _): .write(operation, key: key)
        // A stream tells of what comes after all that was acknowledged when it was asked for.
        case .listen: .read(.revision, consistency)
        }
    }

    /// What the cluster's answer makes of it.
    func ending(_ answer: Answer) -> Ending {
        switch (self, answer) {
        case (.read(_, let then), .session(let found)): .reply(then(.session(found)))
        case (.read(_, let then), .heap(let found)): .reply(then(.heap(found)))
        case (.write(_, _, let then), .outcome(let outcome)): .reply(then(.outcome(outcome)))
        case (.write(_, _, let then), .outcomeUnknown(let reason)): .reply(then(.unknown(reason: reason)))
        default: answer.refusedRequest
        }
    }
}

extension Answer {
    /// A request that came to nothing for this reason.
    var refusedRequest: Ending {
        switch self {
        case .unavailable(let reason), .outcomeUnknown(let reason):
            .refused(.unavailable(reason, code: "unavailable"), .serviceUnavailable)
        case .overloaded(let reason): .refused(.unavailable(reason, code: "overloaded"), .serviceUnavailable)
        case .noSpace(let reason): .refused(.unavailable(reason, code: "no_space"), .insufficientStorage)
        case .quotaExceeded(let reason): .refused(.unavailable(reason, code: "quota_exceeded"), .insufficientStorage)
        case .outcome, .value, .page, .session, .heap, .revision, .snapshot: .reply(.error(.unrelatedAnswer))
        }
    }
}
