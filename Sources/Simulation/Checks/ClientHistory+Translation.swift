import History
import Replica
import StateMachine

// What clients ask and are told, in the words of a history.

extension HistoryRequest {
    /// - Precondition: it is one of those that the load makes.
    init(_ body: ClientRequest.Body, _ symbols: inout SymbolTable) {
        switch body {
        case .write(.put(let key, let value, let condition), _):
            self = .put(key: symbols.intern(key), value: symbols.intern(value), HistoryCondition(condition))
        case .write(.delete(let key, let condition), _):
            self = .delete(key: symbols.intern(key), HistoryCondition(condition))
        case .write(.transaction(let transaction), _):
            self = .transaction(HistoryTransaction(transaction, &symbols))
        case .read(.get(let key), let consistency):
            self = .get(key: symbols.intern(key), isStale: consistency == .stale)
        case .read(.list(let prefix, let startAfter, let limit, _), let consistency):
            self = .list(
                HistoryList(
                    prefix: symbols.intern(prefix), startAfter: startAfter.map { symbols.intern($0) }, limit: limit,
                    isStale: consistency == .stale))
        case .write(.session(let command), _): self = .session(HistorySessionRequest(command, &symbols))
        case .write(.heap(let command), _): self = .heap(HistoryHeapRequest(command, &symbols))
        case .read(.session(let query), let consistency):
            self = .session(HistorySessionRequest(query, isStale: consistency == .stale, &symbols))
        case .read(.heap(.tags(let heap)), let consistency):
            self = .heap(HistoryHeapRequest(symbols.intern(heap), .tags(isStale: consistency == .stale)))
        case .write, .read: preconditionFailure("the load does not ask for \(body)")
        }
    }
}

extension HistoryCondition {
    fileprivate init(_ condition: Condition) {
        switch condition {
        case .none: self = .none
        case .absent: self = .absent
        case .exists: self = .exists
        case .matchesAny(let revisions):
            precondition(revisions.count == 1, "the load compares with one revision")
            self = .revision(revisions[0])
        }
    }
}

extension HistoryTransaction {
    fileprivate init(_ transaction: Transaction, _ symbols: inout SymbolTable) {
        var compare: [Comparison] = []
        for comparison in transaction.compare {
            let demand: Comparison.Demand =
                switch comparison.demand {
                case .value(let value): .value(symbols.intern(value))
                case .revision(let revision): .revision(revision)
                case .exists(let exists): .exists(exists)
                }
            compare.append(Comparison(key: symbols.intern(comparison.key), demand))
        }
        self.init(
            compare: compare, then: transaction.then.map { Step($0, &symbols) },
            otherwise: transaction.otherwise.map { Step($0, &symbols) })
    }
}

extension HistoryTransaction.Step {
    fileprivate init(_ operation: TransactionOperation, _ symbols: inout SymbolTable) {
        switch operation {
        case .put(let key, let value): self = .put(key: symbols.intern(key), value: symbols.intern(value))
        case .delete(let key): self = .delete(key: symbols.intern(key))
        case .get(let key): self = .get(key: symbols.intern(key))
        }
    }
}

extension HistoryResult {
    /// `nil` for an answer that the request cannot have.
    init?(_ answer: Answer, of request: HistoryRequest, _ symbols: inout SymbolTable) {
        switch (answer, request) {
        case (.outcomeUnknown, _) where request.isWrite: self = .unknown
        case (.unavailable, _), (.overloaded, _): self = .refused
        case (.noSpace, _) where request.isWrite, (.quotaExceeded, _) where request.isWrite: self = .refused
        case (.outcome(.put(let revision, let created)), .put): self = .put(revision: revision, created: created)
        case (.outcome(.delete(let revision, let deleted)), .delete):
            self = .delete(revision: revision, deleted: deleted)
        case (.outcome(.preconditionFailed(let current)), .put), (.outcome(.preconditionFailed(let current)), .delete):
            self = .conditionFailed(current: current)
        case (.outcome(.transaction(let revision, let succeeded, let results)), .transaction):
            self = .transaction(
                succeeded: succeeded, revision: revision, results: results.map { StepResult($0, &symbols) })
        case (.value(let found), .get): self = .value(found.map { HistoryValue($0, &symbols) })
        case (.page(let page), .list): self = .page(HistoryPage(page, &symbols))
        case (.outcome(.session(let outcome)), .session): self = .session(HistorySessionResult(outcome, &symbols))
        case (.session(let answer), .session):
            guard let result = HistorySessionResult(answer, &symbols) else { return nil }
            self = .session(result)
        case (.outcome(.heap(let outcome)), .heap):
            guard let result = HistoryHeapResult(outcome, &symbols) else { return nil }
            self = .heap(result)
        case (.heap(.tags(let tags)), .heap): self = .heap(.tags(symbols.intern(tags)))
        default: return nil
        }
    }
}

extension HistoryResult.StepResult {
    fileprivate init(_ result: TransactionResult, _ symbols: inout SymbolTable) {
        switch result {
        case .put(let created): self = .put(created: created)
        case .delete(let deleted): self = .delete(deleted: deleted)
        case .get(let found): self = .get(found.map { HistoryValue($0, &symbols) })
        }
    }
}

extension HistoryValue {
    fileprivate init(_ found: Versioned, _ symbols: inout SymbolTable) {
        self.init(value: symbols.intern(found.value), revision: found.revision)
    }
}

extension HistoryPage {
    fileprivate init(_ page: Page, _ symbols: inout SymbolTable) {
        let entries = page.entries.map { entry in
            Entry(
                key: symbols.intern(entry.key),
                HistoryValue(value: symbols.intern(entry.value), revision: entry.revision))
        }
        self.init(revision: page.revision, entries: entries, hasMore: page.next != nil)
    }
}
