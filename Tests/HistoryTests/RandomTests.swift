import Testing

@testable import History

/// What one store really told is accepted; what is falsified in one place is rejected, more often than not.
@Suite struct RandomTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func trueHistoriesAreAccepted(seed: UInt64) {
        var settings = RandomHistory.Settings()
        settings.clients = [1, 3, 5, 10][Int(seed % 4)]
        settings.keys = [1, 2, 4, 12][Int(seed / 4 % 4)]
        settings.lost = [0, 3, 10, 40][Int(seed / 16 % 4)]
        for part in 0..<3 as Range<UInt64> {
            settings.isWatchedWholly = part == 0
            let history = RandomHistory.make(seed: seed * 1000 + part, settings)
            #expect(Judges.rejecting(history) == [:], "seed \(seed * 1000 + part)")
        }
    }

    /// The least part of falsifications, in percent, that must be found. The others may be true all the same: a get that overlaps with a
    /// write may find either value.
    @Test(arguments: [
        (Falsification.anotherValue, 85), (.anotherRevision, 85), (.flippedFlag, 85), (.absence, 70), (.lostEvent, 100),
        (.eventTwice, 100), (.eventsSwapped, 100), (.lostEntry, 85), (.refusedWrite, 55), (.laterStart, 55),
        (.otherBranch, 85),
    ])
    func falseHistoriesAreRejected(kind: Falsification, least: Int) {
        var (tried, found) = (0, 0)
        for seed in 1...60 as ClosedRange<UInt64> {
            let history = RandomHistory.make(seed: seed)
            var random = Random(state: seed)
            guard let falsified = kind.apply(to: history, &random) else { continue }
            tried += 1
            if case .violation = falsified.verdict() { found += 1 }
        }
        #expect(tried >= 40)
        #expect(found * 100 >= tried * least, "\(kind): \(found) of \(tried)")
    }
}

/// One lie in a true history.
enum Falsification: CaseIterable {
    case anotherValue, anotherRevision, flippedFlag, absence, lostEvent, eventTwice, eventsSwapped, lostEntry
    case refusedWrite, laterStart, otherBranch

    /// - Returns: `nil` if there is nothing to lie about.
    func apply(to history: History, _ random: inout Random) -> History? {
        var operations = history.operations
        let choices = operations.indices.filter { falsify(operations[$0], history, &random) != nil }
        guard !choices.isEmpty else { return nil }
        let place = choices[random.below(choices.count)]
        guard let false_ = falsify(operations[place], history, &random) else { return nil }
        operations[place] = false_
        var result = History()
        result.symbols = history.symbols
        for operation in operations { result.append(operation) }
        return result
    }

    private func falsify(
        _ operation: HistoryOperation, _ history: History, _ random: inout Random
    ) -> HistoryOperation? {
        var changed = operation
        switch (self, operation.request, operation.result) {
        case (.anotherValue, .get(let key, _), .value(let found?)):
            let others = history.operations.compactMap { other -> HistoryValue? in
                guard case .get(key, _) = other.request, case .value(let value?) = other.result else { return nil }
                return value == found ? nil : value
            }
            guard !others.isEmpty else { return nil }
            changed.result = .value(others[random.below(others.count)])
            if case .get(key, isStale: true) = operation.request { return nil }
        case (.anotherRevision, _, .put(let revision, let created)):
            changed.result = .put(revision: revision + 1 + UInt64(random.below(30)), created: created)
        case (.anotherRevision, _, .delete(let revision, true)):
            changed.result = .delete(revision: revision + 1 + UInt64(random.below(30)), deleted: true)
        case (.flippedFlag, _, .put(let revision, let created)):
            changed.result = .put(revision: revision, created: !created)
        case (.flippedFlag, _, .delete(let revision, let deleted)):
            changed.result = .delete(revision: revision, deleted: !deleted)
        case (.absence, .get(_, isStale: false), .value(.some)): changed.result = .value(nil)
        case (.lostEntry, _, .page(var page)) where !page.entries.isEmpty && !page.hasMore:
            page.entries.remove(at: random.below(page.entries.count))
            changed.result = .page(page)
        case (.refusedWrite, _, .put), (.refusedWrite, _, .delete(_, true)):
            guard operation.idempotencyKey == nil else { return nil }
            changed.result = .refused
        case (.laterStart, _, .put), (.laterStart, _, .delete(_, true)):
            guard operation.idempotencyKey == nil, let end = operation.end else { return nil }
            changed.start = end + 400
            changed.end = end + 401
        case (.otherBranch, .transaction(var transaction), .transaction(let succeeded, _, _)):
            guard !transaction.compare.isEmpty, operation.idempotencyKey == nil else { return nil }
            let branch = succeeded ? transaction.then : transaction.otherwise
            (transaction.then, transaction.otherwise) = (branch, branch)
            changed.request = .transaction(transaction)
            guard case .transaction(_, let revision, let results) = operation.result else { return nil }
            changed.result = .transaction(succeeded: !succeeded, revision: revision, results: results)
        case (_, .watch, .events(let events, let until)):
            guard let false_ = falsify(events, &random) else { return nil }
            changed.result = .events(false_, until: until)
        default: return nil
        }
        return changed
    }

    private func falsify(_ events: [HistoryEvent], _ random: inout Random) -> [HistoryEvent]? {
        guard events.count > 1 else { return nil }
        var changed = events
        let place = random.below(events.count - 1)
        switch self {
        case .lostEvent: changed.remove(at: place)
        case .eventTwice: changed.insert(events[place], at: place)
        case .eventsSwapped: changed.swapAt(place, place + 1)
        default: return nil
        }
        return changed
    }
}
