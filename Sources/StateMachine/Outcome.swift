/// What became of a command when it was applied: the same on every node.
package enum Outcome: Sendable, Equatable {
    /// Written. `created` when the key was absent before.
    case put(revision: UInt64, created: Bool)
    /// Done; `deleted` is `false` when the key was absent anyway.
    case delete(revision: UInt64, deleted: Bool)
    /// Nothing changed: the condition did not hold. `current` is the revision of the present value, `nil` when the key is
    /// absent.
    case preconditionFailed(current: UInt64?)
    /// Nothing changed: a late copy of a request whose forwarder has had its answer.
    case superseded
    /// Nothing changed: the bytes are not a command, or one that cannot be carried out.
    case invalid(reason: String)
    /// Done at once. `succeeded` when all comparisons held; one result for each step of the branch that was taken, in its order.
    case transaction(revision: UInt64, succeeded: Bool, results: [TransactionResult])
    case session(SessionOutcome)
    case heap(HeapOutcome)
    case mcpSession(MCPSessionOutcome)
    /// What a member says of itself or of its state is noted, if it is one.
    case noted
    /// Nothing changed: the client gave the key of another request, less than ten minutes old.
    case keyReused
    /// Nothing changed: too many keys of clients are kept, and none is forgotten early.
    case retryTableFull

    /// What it takes beside the space of a plain one, in bytes.
    var extraByteCount: Int {
        switch self {
        case .invalid(let reason): reason.utf8.count
        case .transaction(_, _, let results): results.reduce(0) { $0 + $1.byteCount }
        case .session(let outcome): outcome.extraByteCount
        case .heap(let outcome): outcome.extraByteCount
        case .put, .delete, .preconditionFailed, .superseded, .mcpSession, .noted, .keyReused, .retryTableFull: 0
        }
    }
}

extension TransactionResult {
    /// Its place in an array, and the value that it found.
    static let overhead = 24

    fileprivate var byteCount: Int {
        if case .get(.some(let found)) = self {
            TransactionResult.overhead + found.value.count
        } else {
            TransactionResult.overhead
        }
    }
}
