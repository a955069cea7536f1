/// Whether each session log behaved like one log that does one thing at a time, each between its request and its answer, in the order of
/// the revisions. Logs that forks join are judged together, all others by themselves.
struct SessionChecker {
    private let symbols: SymbolTable
    private let operations: [HistoryOperation]

    init(_ symbols: SymbolTable, _ operations: [HistoryOperation]) {
        self.symbols = symbols
        self.operations = operations
    }

    /// - Returns: the number of logs.
    /// - Throws: for the first logs, in the order of their first mention, that have no order.
    func check() throws(HistoryViolation) -> Int {
        var count = 0
        for group in groups() {
            let steps = SessionSteps(group)
            count += steps.numbers.count
            var search = SequenceSearch(SessionModel(logs: steps.numbers.count, forked: steps.forked), steps.steps())
            if let end = search.run() { throw violation(steps, end, search.model) }
        }
        return count
    }

    /// The operations on logs that forks join, those of the first mention first.
    private func groups() -> [[HistoryOperation]] {
        var joined = JoinedSymbols(count: symbols.count)
        for operation in operations {
            guard case .session(let request) = operation.request else { continue }
            for other in request.sessions { joined.join(request.session, other) }
        }
        var places: [Symbol: Int] = [:]
        var groups: [[HistoryOperation]] = []
        for operation in operations {
            guard case .session(let request) = operation.request else { continue }
            let first = joined.first(of: request.session)
            if places[first] == nil {
                places[first] = groups.count
                groups.append([])
            }
            groups[places[first] ?? 0].append(operation)
        }
        return groups
    }

    private func violation(
        _ steps: SessionSteps, _ end: SequenceSearch<SessionModel>.DeadEnd, _ model: SessionModel
    ) -> HistoryViolation {
        let names = steps.numbers.sorted { $0.value < $1.value }.prefix(6).map { name, number in
            "\(symbols.describe(name)) with \(model.describe(end.state[number], symbols))"
        }
        return HistoryViolation(
            "no order explains what was told of session logs; the longest has \(end.ordered) operations, leaves \(names.joined(separator: ", ")), and cannot go on with",
            lines: end.lines)
    }
}

/// Which symbols belong together (union by the lower number, with halved paths).
private struct JoinedSymbols {
    private var parents: [Int32]

    init(count: Int) { parents = (0..<Int32(count)).map { $0 } }

    mutating func first(of symbol: Symbol) -> Symbol {
        var number = symbol.number
        while parents[Int(number)] != number {
            parents[Int(number)] = parents[Int(parents[Int(number)])]
            number = parents[Int(number)]
        }
        return Symbol(number: number)
    }

    mutating func join(_ one: Symbol, _ other: Symbol) {
        let (one, other) = (first(of: one).number, first(of: other).number)
        parents[Int(max(one, other))] = min(one, other)
    }
}
