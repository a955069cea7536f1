/// When clients found keys absent who did not say at which revision: which delete was meant is told by who had begun by then.
struct Absences {
    private struct Absence {
        /// The store had surely come so far when the client asked.
        let floor: UInt64
        /// When it was answered.
        let end: UInt64
    }

    /// By the number of the key's symbol.
    private var byKey: [[Absence]]

    init(_ operations: [HistoryOperation], _ knownEnds: KnownEnds, symbolCount: Int) {
        byKey = Array(repeating: [], count: symbolCount)
        for operation in operations {
            guard let end = operation.end, let key = Absences.key(foundAbsentBy: operation) else { continue }
            byKey[Int(key.number)].append(Absence(floor: knownEnds.revision(before: operation.start), end: end))
        }
    }

    private static func key(foundAbsentBy operation: HistoryOperation) -> Symbol? {
        switch (operation.request, operation.result) {
        case (.get(let key, isStale: false), .value(nil)), (.put(let key, _, _), .conditionFailed(nil)),
            (.delete(let key, _), .conditionFailed(nil)):
            key
        default: nil
        }
    }

    /// Whether somebody found `key`, which had something at `revision`, absent after that and before `time`.
    func contains(_ key: Symbol, after revision: UInt64, before time: UInt64) -> Bool {
        byKey[Int(key.number)].contains { $0.floor >= revision && $0.end < time }
    }
}
