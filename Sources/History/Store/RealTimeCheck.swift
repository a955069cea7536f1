/// Whether the order of the revisions is one that clients could have seen: what ended before something else began comes before it.
///
/// Each operation has a place in the order: a write and a list by their revision; a get, and a write that was refused for its condition,
/// the first one that explains the answer. The later the places of others that must come before, the later its own; so the first one is the
/// best choice for all that follow.
struct RealTimeCheck {
    /// The latest place that somebody had seen.
    private struct Floor {
        var place: StoreModel.Place = 0
        var line: Int?
    }

    private let checker: StoreChecker
    private var floor = Floor()
    /// What the floor was when each operation began.
    private var floors: [Floor]
    /// For each write with a revision the latest start of those up to it, and whose that is.
    private let latestStarts: [(start: UInt64, line: Int)]
    private let lastRevision: UInt64

    init(_ checker: StoreChecker) {
        self.checker = checker
        floors = Array(repeating: Floor(), count: checker.operations.count)
        var latest: [(start: UInt64, line: Int)] = []
        for (_, write) in checker.order {
            let operation = checker.operations[write]
            let isLater = latest.last.map { operation.start > $0.start } ?? true
            latest.append(isLater ? (operation.start, operation.line) : latest[latest.count - 1])
        }
        latestStarts = latest
        lastRevision = max(checker.order.last?.revision ?? 0, checker.knownEnds.lastRevision)
    }

    mutating func check() throws(HistoryViolation) {
        for (_, isEnd, place) in moments() {
            if isEnd { try end(place) } else { try begin(place) }
        }
    }

    /// All beginnings and ends in the order of time; of those at one time the beginnings first, which makes them overlap.
    private func moments() -> [(time: UInt64, isEnd: Bool, place: Int)] {
        var moments: [(time: UInt64, isEnd: Bool, place: Int)] = []
        for (place, operation) in checker.operations.enumerated() {
            moments.append((operation.start, false, place))
            if let end = operation.end { moments.append((end, true, place)) }
        }
        moments.sort { ($0.time, $0.isEnd ? 1 : 0, $0.place) < ($1.time, $1.isEnd ? 1 : 0, $1.place) }
        return moments
    }

    private mutating func begin(_ place: Int) throws(HistoryViolation) {
        floors[place] = floor
        let operation = checker.operations[place]
        guard let revision = operation.result.revision ?? checker.unknown.revision(of: place) else { return }
        guard 2 * revision > floor.place else {
            throw violation(
                "revision \(revision) was written after \(describe(floor.place)) had been seen", operation, floor)
        }
    }

    private mutating func end(_ place: Int) throws(HistoryViolation) {
        let operation = checker.operations[place]
        let before = floors[place]
        switch (operation.request, operation.result) {
        case (.list(let list), .page(let page)):
            try checkPast(page.revision, operation)
            guard !list.isStale else { return }
            guard 2 * page.revision >= before.place else {
                throw violation(
                    "a list at revision \(page.revision) began after \(describe(before.place)) had been seen",
                    operation, before)
            }
            raise(to: 2 * page.revision, operation)
        case (.get(let key, let isStale), .value(let found)):
            try checkGet(key, found, isStale: isStale, operation, before)
        case (.put(let key, _, let condition), .conditionFailed(let current)),
            (.delete(let key, let condition), .conditionFailed(let current)):
            try checkRefusal(condition, key, current, operation, before)
        case (.watch, .events(let events, _)):
            if let last = events.last { try checkPast(last.revision, operation) }
        default: if let revision = operation.result.revision { raise(to: 2 * revision, operation) }
        }
    }

    private mutating func raise(to place: StoreModel.Place, _ operation: HistoryOperation) {
        if place > floor.place { floor = Floor(place: place, line: operation.line) }
    }

    // MARK: Reads

    private mutating func checkGet(
        _ key: Symbol, _ found: HistoryValue?, isStale: Bool, _ operation: HistoryOperation, _ before: Floor
    ) throws(HistoryViolation) {
        if let found {
            guard checker.model.value(of: key, writtenAt: found.revision) == found else {
                throw violation(
                    "a get found \(checker.describe(found)) under \(checker.describe(key)), which that revision did not write",
                    operation, Floor())
            }
            try checkPast(found.revision, operation)
        }
        if !isStale { try see(key, found?.revision, operation, before) }
    }

    private mutating func checkRefusal(
        _ condition: HistoryCondition, _ key: Symbol, _ current: UInt64?, _ operation: HistoryOperation,
        _ before: Floor
    ) throws(HistoryViolation) {
        let isContradiction =
            switch condition {
            case .none: true
            case .absent: current == nil
            case .exists: current != nil
            case .revision(let revision): current == revision
            }
        guard !isContradiction else {
            throw violation("a write was refused for a condition that holds", operation, Floor())
        }
        if let current { try checkPast(current, operation) }
        try see(key, current, operation, before)
    }

    /// The operation found `key` at this revision, or absent.
    private mutating func see(
        _ key: Symbol, _ revision: UInt64?, _ operation: HistoryOperation, _ before: Floor
    ) throws(HistoryViolation) {
        let place = checker.model.firstPlace(atWhich: key, hadRevision: revision, since: before.place)
        // An unknown write may have deleted the key before anything that the model knows of did.
        if revision == nil, place != before.place, mayBeDeletedUnseen(key, before: operation.end ?? .max) { return }
        if let place {
            try checkPast(place / 2, operation)
            return raise(to: place, operation)
        }
        let what = revision.map { "revision \($0) of" } ?? "the absence of"
        throw violation(
            "\(what) \(checker.describe(key)) was found after \(describe(before.place)) had been seen, and does not reach so far",
            operation, before)
    }

    private func mayBeDeletedUnseen(_ key: Symbol, before end: UInt64) -> Bool {
        checker.unknown.effects(on: key).contains { effect in
            effect.value == nil && effect.start <= end
                && !checker.coverage.covers(
                    key, from: checker.knownEnds.revision(before: effect.start) + 1, through: lastRevision)
        }
    }

    /// Nothing that somebody was told of began after that.
    private func checkPast(_ revision: UInt64, _ operation: HistoryOperation) throws(HistoryViolation) {
        let count = count(upTo: revision)
        guard count > 0, latestStarts[count - 1].start > operation.end ?? .max else { return }
        throw HistoryViolation(
            "an answer knows of revision \(revision), and a write up to there began only after it",
            lines: [operation.line, latestStarts[count - 1].line])
    }

    /// How many writes have `revision` or a lower one.
    private func count(upTo revision: UInt64) -> Int { checker.order.partitionPoint { $0.revision <= revision } }

    private func describe(_ place: StoreModel.Place) -> String { "revision \((place + 1) / 2)" }

    private func violation(_ reason: String, _ operation: HistoryOperation, _ floor: Floor) -> HistoryViolation {
        HistoryViolation(reason, lines: [operation.line] + (floor.line.map { [$0] } ?? []))
    }
}
