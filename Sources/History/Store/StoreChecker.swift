/// Whether all answers are those of one store that carries out all writes one after the other, in the order of their revisions, which
/// does not contradict real time (strict serializability; Papadimitriou, "The serializability of concurrent database updates", 1979).
///
/// The revisions give the order away, so nothing is searched: the acknowledged writes are replayed in it, and every answer is computed
/// again. Where writes of unknown outcome stand is told by what others saw of them; what they may have done unseen is granted.
struct StoreChecker {
    let symbols: SymbolTable
    let operations: [HistoryOperation]
    /// Surely not done: for telling what somebody saw nevertheless.
    let refused: [HistoryOperation]
    let keys: SortedKeys
    let coverage: WatchCoverage
    let sightings: Sightings
    let knownEnds: KnownEnds
    let absences: Absences
    var model: StoreModel
    var unknown: UnknownWrites
    /// The writes that have a revision, ascending by it: where they stand among the operations.
    var order: [(revision: UInt64, write: Int)] = []

    init(_ symbols: SymbolTable, _ operations: [HistoryOperation], refused: [HistoryOperation]) {
        let operations = operations.filter(\.request.isOfKeys)
        self.symbols = symbols
        self.operations = operations
        self.refused = refused.filter(\.request.isOfKeys)
        let known = Set(operations.compactMap(\.result.revision))
        keys = SortedKeys(operations.filter(\.request.isWrite).flatMap(\.request.keys), symbols)
        coverage = WatchCoverage(operations, symbols)
        sightings = Sightings(in: operations) { known.contains($0) }
        knownEnds = KnownEnds(operations)
        absences = Absences(operations, knownEnds, symbolCount: symbols.count)
        model = StoreModel(symbolCount: symbols.count)
        unknown = UnknownWrites(operations, symbolCount: symbols.count)
    }

    /// - Throws: the first contradiction.
    mutating func check() throws(HistoryViolation) {
        try replay()
        try checkWatches()
        var realTime = RealTimeCheck(self)
        try realTime.check()
    }

    /// The line of the write with this revision.
    func line(ofRevision revision: UInt64) -> Int? {
        let place = order.partitionPoint { $0.revision < revision }
        return place < order.count && order[place].revision == revision ? operations[order[place].write].line : nil
    }

    func describe(_ key: Symbol) -> String { symbols.describe(key) }

    func describe(_ found: HistoryValue?) -> String {
        found.map { "\(symbols.describe($0.value)) of revision \($0.revision)" } ?? "nothing"
    }
}
