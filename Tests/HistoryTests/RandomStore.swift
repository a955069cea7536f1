@testable import History

/// A store as simple as can be, for making histories that are true.
struct RandomStore {
    private(set) var values: [Symbol: HistoryValue] = [:]
    private(set) var events: [HistoryEvent] = []
    private(set) var revision: UInt64 = 0
    /// What was there after each revision, 0 included.
    private(set) var past: [[Symbol: HistoryValue]] = [[:]]

    /// Carries a write out.
    mutating func write(_ request: HistoryRequest) -> HistoryResult {
        revision += 1
        defer { past.append(values) }
        switch request {
        case .put(let key, let value, let condition):
            guard holds(condition, key) else { return .conditionFailed(current: values[key]?.revision) }
            return .put(revision: revision, created: put(key, value, 0))
        case .delete(let key, let condition):
            guard holds(condition, key) else { return .conditionFailed(current: values[key]?.revision) }
            return .delete(revision: revision, deleted: delete(key, 0))
        case .transaction(let transaction): return write(transaction)
        case .get, .list, .watch, .session, .heap: preconditionFailure("no write")
        }
    }

    private mutating func write(_ transaction: HistoryTransaction) -> HistoryResult {
        let succeeded = transaction.compare.allSatisfy { comparison in
            let found = values[comparison.key]
            return switch comparison.demand {
            case .value(let value): found?.value == value
            case .revision(let revision): found?.revision == revision
            case .exists(let exists): (found != nil) == exists
            }
        }
        var results: [HistoryResult.StepResult] = []
        let before = events.count
        for step in succeeded ? transaction.then : transaction.otherwise {
            let number = UInt32(events.count - before)
            switch step {
            case .put(let key, let value): results.append(.put(created: put(key, value, number)))
            case .delete(let key): results.append(.delete(deleted: delete(key, number)))
            case .get(let key): results.append(.get(values[key]))
            }
        }
        return .transaction(succeeded: succeeded, revision: revision, results: results)
    }

    private func holds(_ condition: HistoryCondition, _ key: Symbol) -> Bool {
        switch condition {
        case .none: true
        case .absent: values[key] == nil
        case .exists: values[key] != nil
        case .revision(let revision): values[key]?.revision == revision
        }
    }

    private mutating func put(_ key: Symbol, _ value: Symbol, _ number: UInt32) -> Bool {
        let old = values.updateValue(HistoryValue(value: value, revision: revision), forKey: key)
        events.append(HistoryEvent(revision: revision, number: number, key: key, value: value))
        return old == nil
    }

    private mutating func delete(_ key: Symbol, _ number: UInt32) -> Bool {
        guard values.removeValue(forKey: key) != nil else { return false }
        events.append(HistoryEvent(revision: revision, number: number, key: key, value: nil))
        return true
    }

    /// A page of what was there after a revision.
    func list(_ list: HistoryList, at revision: UInt64, _ symbols: SymbolTable) -> HistoryPage {
        let bound = list.startAfter.map { symbols[$0] }
        let found = past[Int(revision)].filter { key, _ in
            symbols[key].starts(with: symbols[list.prefix])
                && bound.map { $0.lexicographicallyPrecedes(symbols[key]) } ?? true
        }.sorted { symbols[$0.key].lexicographicallyPrecedes(symbols[$1.key]) }
        let entries = found.prefix(list.limit).map { HistoryPage.Entry(key: $0.key, $0.value) }
        return HistoryPage(revision: revision, entries: entries, hasMore: found.count > entries.count)
    }
}
