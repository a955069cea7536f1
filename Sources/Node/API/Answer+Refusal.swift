import HTTP
import Replica
import StateMachine

extension Answer {
    /// How a request that came to nothing is answered; nil for one that has its outcome.
    var refusal: HTTPResponse? {
        switch self {
        case .outcome, .value, .page, .session, .heap, .revision, .snapshot: nil
        case .outcomeUnknown(let reason):
            .error(
                .gatewayTimeout, code: "outcome_unknown", message: "the write may or may not have happened: \(reason)")
        case .unavailable(let reason): .unavailable(reason)
        case .overloaded(let reason): .overloaded(reason)
        case .noSpace(let reason): .error(.insufficientStorage, code: "no_space", message: reason)
        case .quotaExceeded(let reason): .error(.insufficientStorage, code: "quota_exceeded", message: reason)
        }
    }
}

extension Outcome {
    /// How a write that changed nothing is answered; nil for one that was done.
    var refusal: HTTPResponse? {
        switch self {
        case .put, .delete, .transaction, .session, .heap, .mcpSession, .noted: nil
        case .preconditionFailed(let current): .preconditionFailed(current)
        case .superseded:
            .error(
                .gatewayTimeout, code: "outcome_unknown", message: "an earlier copy of the write was answered already")
        case .invalid(let reason):
            .error(
                .internalServerError, code: "invalid_command",
                message: "the write cannot be carried out: \(reason)")
        case .keyReused:
            .error(
                .unprocessableContent, code: "idempotency_key_reused",
                message: "another request had this Idempotency-Key on this path within ten minutes; take a new one")
        case .retryTableFull:
            .error(
                .serviceUnavailable, code: "retry_table_full",
                message: "too many idempotency keys of the last ten minutes are kept; the write did not happen",
                retryAfterSeconds: 60)
        }
    }
}

extension HTTPResponse {
    static func unavailable(_ reason: String) -> HTTPResponse {
        .error(.serviceUnavailable, code: "unavailable", message: reason, retryAfterSeconds: 1)
    }

    static func overloaded(_ reason: String) -> HTTPResponse {
        .error(.serviceUnavailable, code: "overloaded", message: reason, retryAfterSeconds: 1)
    }

    /// An answer that cannot follow from what was asked: a fault of this program.
    static let wrongAnswer = HTTPResponse.error(
        .internalServerError, code: "internal", message: "the request was answered with something else")

    fileprivate static func preconditionFailed(_ current: UInt64?) -> HTTPResponse {
        var response = HTTPResponse.error(
            .preconditionFailed, code: "precondition_failed",
            message: current.map { "the key is at revision \($0)" } ?? "the key does not exist")
        if let current { response.headers.append(.entityTag(current)) }
        return response
    }
}

extension HTTPHeader {
    static func entityTag(_ revision: UInt64) -> HTTPHeader { HTTPHeader("ETag", "\"\(revision)\"") }
}
