/// Whether each key by itself behaved like one register that does one thing at a time, each between its request and its answer
/// (Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", 1990).
///
/// Keys are judged one by one, since linearizability is local (there, theorem 1). Of transactions it takes what they did to each key.
/// Revisions decide nothing about the order: they are a part of what a read found, and say what to try first.
struct LinearizabilityChecker {
    private let symbols: SymbolTable
    private let operations: [HistoryOperation]

    init(_ symbols: SymbolTable, _ operations: [HistoryOperation]) {
        self.symbols = symbols
        self.operations = operations
    }

    /// - Returns: the number of keys.
    /// - Throws: for the first key, in the order of their first mention, that has no order.
    func check() throws(HistoryViolation) -> Int {
        var count = 0
        var byKey = Array(repeating: [RegisterOperation](), count: symbols.count)
        for operation in operations {
            for (key, part) in RegisterOperation.projections(of: operation) {
                byKey[Int(key.number)].append(part)
            }
        }
        for (number, parts) in byKey.enumerated() where !parts.isEmpty {
            count += 1
            var search = RegisterSearch(parts)
            if let end = search.run() { throw violation(Symbol(number: Int32(number)), end) }
        }
        return count
    }

    private func violation(_ key: Symbol, _ end: RegisterSearch.DeadEnd) -> HistoryViolation {
        var found = "absent"
        if let value = end.register.value {
            found = "\(symbols.describe(value)) of revision \(end.register.revision.map { "\($0)" } ?? "unknown")"
        }
        let reason =
            "key \(symbols.describe(key)): no order explains its operations; the longest has \(end.ordered) of them, leaves the key \(found), and cannot go on with"
        return HistoryViolation(reason, lines: end.lines)
    }
}
