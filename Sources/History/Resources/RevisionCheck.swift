/// Whether the revisions of changes of session logs and heaps are those of one order, which keys share: none is given twice, and what
/// ended before something else began has the lower one. Of keys alone ``StoreChecker`` judges.
struct RevisionCheck {
    private struct Seen {
        var revision: UInt64 = 0
        var line: Int?
    }

    private let operations: [HistoryOperation]

    init(_ operations: [HistoryOperation]) { self.operations = operations.filter { $0.result.revision != nil } }

    func check() throws(HistoryViolation) {
        try checkDifference()
        // The highest revision that had been told: of any change, and of one that is not of keys.
        var (any, others) = (Seen(), Seen())
        for (_, isEnd, place) in moments() {
            let operation = operations[place]
            let revision = operation.result.revision ?? 0
            if isEnd {
                if revision > any.revision { any = Seen(revision: revision, line: operation.line) }
                if !operation.request.isOfKeys, revision > others.revision {
                    others = Seen(revision: revision, line: operation.line)
                }
            } else {
                let floor = operation.request.isOfKeys ? others : any
                guard revision > floor.revision else {
                    throw HistoryViolation(
                        "revision \(revision) was written after revision \(floor.revision) had been told",
                        lines: [operation.line] + (floor.line.map { [$0] } ?? []))
                }
            }
        }
    }

    private func checkDifference() throws(HistoryViolation) {
        let sorted = operations.sorted { $0.result.revision ?? 0 < $1.result.revision ?? 0 }
        for (one, other) in zip(sorted, sorted.dropFirst()) where one.result.revision == other.result.revision {
            guard !one.request.isOfKeys || !other.request.isOfKeys else { continue }
            throw HistoryViolation(
                "two writes were acknowledged with revision \(one.result.revision ?? 0)",
                lines: [one.line, other.line])
        }
    }

    /// All beginnings and ends in the order of time; of those at one time the beginnings first, which makes them overlap.
    private func moments() -> [(time: UInt64, isEnd: Bool, place: Int)] {
        var moments: [(time: UInt64, isEnd: Bool, place: Int)] = []
        for (place, operation) in operations.enumerated() {
            moments.append((operation.start, false, place))
            if let end = operation.end { moments.append((end, true, place)) }
        }
        moments.sort { ($0.time, $0.isEnd ? 1 : 0, $0.place) < ($1.time, $1.isEnd ? 1 : 0, $1.place) }
        return moments
    }
}
