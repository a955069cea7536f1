// The writes in the order of their revisions, and the lists among them.

extension StoreChecker {
    private enum Turn {
        /// The write at this place among the operations.
        case write(Int)
        /// Somebody saw the trace of a write here.
        case sighting
        case list(Int)
    }

    mutating func replay() throws(HistoryViolation) {
        for (revision, turn) in try turns() {
            switch turn {
            case .write(let place):
                order.append((revision, place))
                try replay(operations[place], revision)
            case .sighting: try identify(revision)
            case .list(let place): try checkList(operations[place])
            }
        }
    }

    /// What is to be replayed, ascending by revision: a list behind the write that it knows of.
    private func turns() throws(HistoryViolation) -> [(revision: UInt64, Turn)] {
        var writes: [(revision: UInt64, write: Int)] = []
        var lists: [(revision: UInt64, list: Int)] = []
        for (place, operation) in operations.enumerated() {
            if let revision = operation.result.revision { writes.append((revision, place)) }
            if case .page(let page) = operation.result { lists.append((page.revision, place)) }
        }
        writes.sort { $0.revision < $1.revision }
        lists.sort { ($0.revision, $0.list) < ($1.revision, $1.list) }
        for (one, other) in zip(writes, writes.dropFirst()) where one.revision == other.revision {
            throw HistoryViolation(
                "two writes were acknowledged with revision \(one.revision)",
                lines: [operations[one.write].line, operations[other.write].line])
        }
        let changes = StoreChecker.merge(
            writes.map { ($0.revision, .write($0.write)) }, sightings.revisions.map { ($0, .sighting) })
        return StoreChecker.merge(changes, lists.map { ($0.revision, .list($0.list)) })
    }

    /// Of equal revisions those of `first` come first.
    private static func merge(
        _ first: [(revision: UInt64, Turn)], _ second: [(revision: UInt64, Turn)]
    ) -> [(revision: UInt64, Turn)] {
        var merged: [(revision: UInt64, Turn)] = []
        merged.reserveCapacity(first.count + second.count)
        var rest = second[...]
        for turn in first {
            while let next = rest.first, next.revision < turn.revision {
                merged.append(next)
                rest.removeFirst()
            }
            merged.append(turn)
        }
        return merged + rest
    }

    // MARK: Acknowledged writes

    private mutating func replay(_ operation: HistoryOperation, _ revision: UInt64) throws(HistoryViolation) {
        if !model.explains(operation, revision: revision), !explain(operation, revision) {
            throw contradiction(operation, model.execute(operation.request, revision: revision).result)
        }
        model.apply(StoreChecker.changes(of: operation), revision: revision)
    }

    /// Whether an unknown write that nobody saw makes the answer true.
    private mutating func explain(_ operation: HistoryOperation, _ revision: UInt64) -> Bool {
        for key in operation.request.keys {
            for effect in unseenEffects(on: key, before: revision, seenBy: operation.end ?? .max) {
                model.assume(effect.value, of: key, before: revision)
                if model.explains(operation, revision: revision) {
                    unknown.assume(effect, on: key)
                    return true
                }
                model.takeBackAssumption(of: key)
            }
        }
        return isClouded(operation.request.keys, before: revision, seenBy: operation.end ?? .max)
    }

    /// Whether several unknown writes may have changed these keys, each in its own way, where no watch looked: which of them did what is not
    /// worth the search, and what depends on it is granted.
    /// - Parameter isAbsence: whether only a delete would explain it.
    func isClouded(
        _ keys: [Symbol], before revision: UInt64, seenBy end: UInt64, isAbsence: Bool = false
    ) -> Bool {
        var writes: Set<Int> = []
        for key in keys {
            for effect in unknown.effects(on: key) where effect.start <= end && !(isAbsence && effect.value != nil) {
                let floor = knownEnds.revision(before: effect.start)
                guard floor < revision, !coverage.covers(key, from: floor + 1, through: revision - 1) else { continue }
                writes.insert(effect.write)
            }
        }
        return writes.count > 1
    }

    /// What unknown writes may have done to `key` between its last change and `revision`, without anybody seeing it.
    func unseenEffects(on key: Symbol, before revision: UInt64, seenBy end: UInt64) -> [UnknownWrites.Effect] {
        let candidates = unknown.effects(on: key)
        guard !candidates.isEmpty else { return [] }
        let found = model.value(of: key)
        let first = (model.timeline(of: key).last.map { ($0.place + 1) / 2 } ?? 0) + 1
        let possible = candidates.filter { effect in
            effect.start <= end && !unknown.isAssumed(effect, on: key) && model.holds(effect.condition, found)
                && (effect.value != nil || found != nil) && !isNeeded(effect, on: key, since: revision)
                && !coverage.covers(
                    key, from: max(first, knownEnds.revision(before: effect.start) + 1), through: revision - 1)
        }
        // What can happen only now comes first.
        return possible.filter { $0.condition != .none } + possible.filter { $0.condition == .none }
    }

    /// Whether a put is one of those that somebody sees later.
    private func isNeeded(_ effect: UnknownWrites.Effect, on key: Symbol, since revision: UInt64) -> Bool {
        guard let value = effect.value else { return false }
        let needed = sightings.count(of: value, under: key, since: revision)
        guard needed > 0 else { return false }
        return unknown.effects(on: key).count { $0.value == value && !unknown.isAssumed($0, on: key) } <= needed
    }

    /// What an acknowledged write says that it changed.
    private static func changes(of operation: HistoryOperation) -> [(key: Symbol, value: Symbol?)] {
        switch (operation.request, operation.result) {
        case (.put(let key, let value, _), .put): return [(key, value)]
        case (.delete(let key, _), .delete(_, deleted: true)): return [(key, nil)]
        case (.transaction(let transaction), .transaction(let succeeded, _, let results)):
            var changes: [(key: Symbol, value: Symbol?)] = []
            for (step, result) in zip(transaction.branch(succeeded), results) {
                switch (step, result) {
                case (.put(let key, let value), _): changes.append((key, value))
                case (.delete(let key), .delete(deleted: true)): changes.append((key, nil))
                default: break
                }
            }
            return changes
        default: return []
        }
    }

    private func contradiction(_ operation: HistoryOperation, _ expected: HistoryResult) -> HistoryViolation {
        var lines = [operation.line]
        var state: [String] = []
        for key in operation.request.keys {
            let found = model.value(of: key)
            if let line = found.flatMap({ line(ofRevision: $0.revision) }) { lines.append(line) }
            state.append("\(describe(key)) held \(describe(found))")
        }
        return HistoryViolation(
            "the answer of revision \(operation.result.revision ?? 0) is not what the writes before it make: \(expected.summary) belongs there, not \(operation.result.summary); \(state.joined(separator: ", "))",
            lines: lines)
    }
}

extension HistoryRequest {
    /// The keys that a write names, each once.
    var keys: [Symbol] {
        switch self {
        case .put(let key, _, _), .delete(let key, _), .get(let key, _): [key]
        case .transaction(let transaction): transaction.keys
        case .list, .watch, .session, .heap: []
        }
    }
}

extension HistoryResult {
    /// In a few words, for people.
    var summary: String {
        switch self {
        case .put(_, let created): "created: \(created)"
        case .delete(_, let deleted): "deleted: \(deleted)"
        case .conditionFailed(let current): "a failed condition with current: \(current.map { "\($0)" } ?? "null")"
        case .transaction(let succeeded, _, let results):
            "succeeded: \(succeeded) with \(results.map(\.summary).joined(separator: " "))"
        case .unknown, .refused, .value, .page, .events, .session, .heap: "\(self)"
        }
    }
}

extension HistoryResult.StepResult {
    fileprivate var summary: String {
        switch self {
        case .put(let created): "put(created: \(created))"
        case .delete(let deleted): "delete(deleted: \(deleted))"
        case .get(let found): "get(\(found.map { "revision \($0.revision)" } ?? "absent"))"
        }
    }
}
