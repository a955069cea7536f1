/// The whole store as writes make it, one after the other, in the order of their revisions; all that it ever held is kept.
struct StoreModel {
    /// A point between two states of the store: behind the write of revision r it is 2r. Between two writes there is room for one more,
    /// of which nobody knows the revision.
    typealias Place = UInt64

    /// What a key holds from a place on; `nil` when it is absent.
    struct Change {
        let place: Place
        let found: HistoryValue?
    }

    /// What a write would do.
    struct Execution {
        let result: HistoryResult
        /// `nil` for a delete. Deleting what is absent is no change.
        let changes: [(key: Symbol, value: Symbol?)]
    }

    /// Stands for the revision of a value that nobody was told.
    static let noRevision: UInt64 = 0

    /// What each key held, by the number of its symbol.
    private(set) var timelines: [[Change]]
    /// Whether a value of which nobody knows the revision has the one that a write compares with. Either may be.
    var unknownRevisionsMatch = true
    /// All changes of writes with a revision.
    private(set) var events: [HistoryEvent] = []

    init(symbolCount: Int) { timelines = Array(repeating: [], count: symbolCount) }

    func timeline(of key: Symbol) -> [Change] { timelines[Int(key.number)] }

    /// What the last write has left under `key`.
    func value(of key: Symbol) -> HistoryValue? { timelines[Int(key.number)].last?.found }

    // MARK: Changes

    mutating func apply(_ changes: [(key: Symbol, value: Symbol?)], revision: UInt64) {
        for (number, (key, value)) in changes.enumerated() {
            let found = value.map { HistoryValue(value: $0, revision: revision) }
            timelines[Int(key.number)].append(Change(place: 2 * revision, found: found))
            events.append(HistoryEvent(revision: revision, number: UInt32(number), key: key, value: value))
        }
    }

    /// A change of unknown revision, before that of `revision`.
    mutating func assume(_ value: Symbol?, of key: Symbol, before revision: UInt64) {
        let found = value.map { HistoryValue(value: $0, revision: StoreModel.noRevision) }
        timelines[Int(key.number)].append(Change(place: 2 * revision - 1, found: found))
    }

    mutating func takeBackAssumption(of key: Symbol) { timelines[Int(key.number)].removeLast() }

    // MARK: Writes

    /// What `request` would do now, as a write of `revision`.
    func execute(_ request: HistoryRequest, revision: UInt64) -> Execution {
        switch request {
        case .put(let key, let value, let condition):
            let found = self.value(of: key)
            guard holds(condition, found) else { return refusal(found) }
            return Execution(
                result: .put(revision: revision, created: found == nil), changes: [(key: key, value: value)])
        case .delete(let key, let condition):
            let found = self.value(of: key)
            guard holds(condition, found) else { return refusal(found) }
            return Execution(
                result: .delete(revision: revision, deleted: found != nil),
                changes: found == nil ? [] : [(key: key, value: nil)])
        case .transaction(let transaction): return execute(transaction, revision: revision)
        case .get, .list, .watch, .session, .heap: preconditionFailure("\(request) is no write of keys")
        }
    }

    private func refusal(_ found: HistoryValue?) -> Execution {
        Execution(result: .conditionFailed(current: found?.revision), changes: [])
    }

    func holds(_ condition: HistoryCondition, _ found: HistoryValue?) -> Bool {
        switch condition {
        case .none: true
        case .absent: found == nil
        case .exists: found != nil
        case .revision(let revision): found.map { isRevision($0, revision) } ?? false
        }
    }

    private func execute(_ transaction: HistoryTransaction, revision: UInt64) -> Execution {
        let succeeded = transaction.compare.allSatisfy { holds($0.demand, value(of: $0.key)) }
        var results: [HistoryResult.StepResult] = []
        var changes: [(key: Symbol, value: Symbol?)] = []
        for step in transaction.branch(succeeded) {
            let found = value(of: step.key)
            switch step {
            case .put(let key, let value):
                results.append(.put(created: found == nil))
                changes.append((key, value))
            case .delete(let key):
                results.append(.delete(deleted: found != nil))
                if found != nil { changes.append((key, nil)) }
            case .get: results.append(.get(found))
            }
        }
        return Execution(
            result: .transaction(succeeded: succeeded, revision: revision, results: results), changes: changes)
    }

    private func holds(_ demand: HistoryTransaction.Comparison.Demand, _ found: HistoryValue?) -> Bool {
        switch demand {
        case .value(let value): found?.value == value
        case .revision(let revision): found.map { isRevision($0, revision) } ?? false
        case .exists(let exists): (found != nil) == exists
        }
    }

    private func isRevision(_ found: HistoryValue, _ revision: UInt64) -> Bool {
        found.revision == StoreModel.noRevision ? unknownRevisionsMatch : found.revision == revision
    }

    /// Whether the answer to a write is true if it was carried out now.
    mutating func explains(_ operation: HistoryOperation, revision: UInt64) -> Bool {
        for matches in [true, false] {
            unknownRevisionsMatch = matches
            let isTrue = execute(operation.request, revision: revision).result == operation.result
            unknownRevisionsMatch = true
            if isTrue { return true }
        }
        return false
    }

    // MARK: Reads

    /// The first place, `floor` or later, at which `key` had a value of `revision`, or was absent if that is `nil`; `nil` if there is none.
    func firstPlace(atWhich key: Symbol, hadRevision revision: UInt64?, since floor: Place) -> Place? {
        let changes = timeline(of: key)
        guard let revision else { return firstAbsence(changes, since: floor) }
        let place = StoreModel.count(changes, before: 2 * revision)
        guard place < changes.count, changes[place].place == 2 * revision, changes[place].found != nil else {
            return nil
        }
        if place + 1 < changes.count, changes[place + 1].place <= floor { return nil }
        return max(floor, 2 * revision)
    }

    private func firstAbsence(_ changes: [Change], since floor: Place) -> Place? {
        let next = StoreModel.count(changes, before: floor + 1)
        guard next > 0, changes[next - 1].found != nil else { return floor }
        return changes[next...].first { $0.found == nil }?.place
    }

    /// What `revision` wrote under `key`.
    func value(of key: Symbol, writtenAt revision: UInt64) -> HistoryValue? {
        let changes = timeline(of: key)
        let place = StoreModel.count(changes, before: 2 * revision)
        return place < changes.count && changes[place].place == 2 * revision ? changes[place].found : nil
    }

    /// How many of them come before `place`.
    private static func count(_ changes: [Change], before place: Place) -> Int {
        changes.partitionPoint { $0.place < place }
    }
}
