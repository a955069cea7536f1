/// The keys of a history in the order of their bytes.
struct SortedKeys {
    private let keys: [Symbol]
    private let symbols: SymbolTable

    init(_ keys: [Symbol], _ symbols: SymbolTable) {
        self.symbols = symbols
        self.keys = Array(Set(keys)).sorted { symbols[$0].lexicographicallyPrecedes(symbols[$1]) }
    }

    /// The keys that begin with `prefix` and sort after `startAfter`.
    func keys(prefix: Symbol, startAfter: Symbol?) -> ArraySlice<Symbol> {
        let prefix = symbols[prefix]
        var start = count { $0.lexicographicallyPrecedes(prefix) }
        if let startAfter {
            let bound = symbols[startAfter]
            start = max(start, count { !bound.lexicographicallyPrecedes($0) })
        }
        let end = count { $0.lexicographicallyPrecedes(prefix) || $0.starts(with: prefix) }
        return start < end ? keys[start..<end] : []
    }

    /// How many keys, from the first on, are below a bound.
    private func count(where isBelow: ([UInt8]) -> Bool) -> Int {
        keys.partitionPoint { isBelow(symbols[$0]) }
    }
}
