import Raft
import StateMachine

// What a leader refuses before it is logged: what no majority has space for, and what would make the state too large. Afterwards it
// would be too late: an entry that is in the log may be committed.

extension Replica {
    /// The voters that are known to have no space, this node among them.
    var votersWithoutSpace: [Member] {
        raft.configuration.voters.filter { voter in
            if voter.instance == identity.instance { return isDiskFull }
            return raft.progress.first { $0.number == voter.number }.map { !$0.hasSpace } ?? false
        }
    }

    /// How many voters may lack space while the others still commit.
    var voterSurplus: Int { raft.configuration.voters.count - raft.configuration.quorum }

    /// Why nothing can be written now; `nil` when a majority of voters may have space.
    var spaceRefusal: String? {
        guard isDiskFull || raft.progress.contains(where: { !$0.hasSpace }) else { return nil }
        let full = votersWithoutSpace
        guard full.count > voterSurplus else { return nil }
        return
            "no majority has disk space: \(full.map(\.name).joined(separator: ", ")) have none; free some and it goes on"
    }

    /// Why an operation may not make the state larger; `nil` when it may.
    func quotaRefusal(of operation: Operation) -> String? {
        guard UInt64(stateMachine.contentBytes + backlog + growth(of: operation)) > stateLimit, operation.mayGrowState
        else { return nil }
        return """
            the state has \(stateMachine.contentBytes) bytes, and the smallest --max-state-size of the members is \
            \(stateLimit); deletes always work
            """
    }

    /// The same for a command as it travels.
    func quotaRefusal(ofCommand bytes: [UInt8]) -> String? {
        // Few are decoded: those that come while the state is nearly full. What a fork adds is not in its bytes.
        let mostAdded = max(bytes.count, stateMachine.sessionLogBytes)
        guard UInt64(stateMachine.contentBytes + backlog + mostAdded) > stateLimit,
            // discarded: what cannot be read is invalid when it is applied, and adds nothing
            let command = try? Command.decode(bytes)
        else { return nil }
        return quotaRefusal(of: command.operation)
    }

    /// About how many bytes an operation adds to the state, at most.
    private func growth(of operation: Operation) -> Int {
        guard case .session(let command) = operation, case .fork = command.action else { return operation.byteCount }
        return operation.byteCount + stateMachine.byteCount(ofSession: command.session)
    }

    /// The smallest limit that a member has announced, or this node's own.
    private var stateLimit: UInt64 {
        stateMachine.announcements.reduce(settings.maxStateSize) { min($0, $1.maxStateSize) }
    }
}

extension Operation {
    /// Whether it may leave the state larger than it was.
    fileprivate var mayGrowState: Bool {
        switch self {
        case .put: true
        case .delete, .announce, .compareHashes, .reportHash: false
        case .transaction(let transaction):
            (transaction.then + transaction.otherwise).contains { if case .put = $0 { true } else { false } }
        case .session(let command): command.mayGrowState
        case .heap(let command): command.mayGrowState
        // These have limits of their own.
        case .mcpSession: false
        }
    }
}
