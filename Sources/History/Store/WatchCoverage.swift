/// Which stretches of the history of a key watches told completely.
struct WatchCoverage {
    private struct Stretch {
        let prefix: [UInt8]
        let revisions: ClosedRange<UInt64>
    }

    private let symbols: SymbolTable
    /// Ascending by their first revision.
    private let stretches: [Stretch]

    init(_ operations: [HistoryOperation], _ symbols: SymbolTable) {
        self.symbols = symbols
        stretches = operations.compactMap { operation in
            guard case .watch(let prefix, let from) = operation.request,
                case .events(_, let until) = operation.result, from <= until
            else { return nil }
            return Stretch(prefix: symbols[prefix], revisions: from...until)
        }.sorted { $0.revisions.lowerBound < $1.revisions.lowerBound }
    }

    /// Whether watches told all that happened to `key` from one revision to another, or nothing lies between.
    func covers(_ key: Symbol, from first: UInt64, through last: UInt64) -> Bool {
        var next = first
        let key = symbols[key]
        for stretch in stretches where key.starts(with: stretch.prefix) {
            if next > last || stretch.revisions.lowerBound > next { break }
            next = max(next, stretch.revisions.upperBound + 1)
        }
        return next > last
    }
}
