/// The writes whose outcome nobody was told: each takes effect once at most, at some revision behind all that had ended before it began.
struct UnknownWrites {
    /// What a write may do to a key.
    struct Effect {
        /// The write's place among the operations.
        let write: Int
        let start: UInt64
        let condition: HistoryCondition
        /// `nil` for a delete.
        let value: Symbol?
    }

    private struct Assumption: Hashable {
        let write: Int
        let key: Symbol
    }

    /// What may happen to each key, by the number of its symbol; ascending by the start of the write.
    private var effects: [[Effect]]
    /// The revisions that were found.
    private var placed: [Int: UInt64] = [:]
    /// What must have happened without anybody seeing when.
    private var assumed: Set<Assumption> = []

    init(_ operations: [HistoryOperation], symbolCount: Int) {
        effects = Array(repeating: [], count: symbolCount)
        let unknown = operations.indices.filter { operations[$0].request.isWrite && operations[$0].result == .unknown }
        for write in unknown.sorted(by: { operations[$0].start < operations[$1].start }) {
            for (key, condition, value) in UnknownWrites.effects(of: operations[write].request) {
                let effect = Effect(
                    write: write, start: operations[write].start, condition: condition, value: value)
                effects[Int(key.number)].append(effect)
            }
        }
    }

    /// What writes without a revision may do to `key`.
    func effects(on key: Symbol) -> [Effect] { effects[Int(key.number)].filter { placed[$0.write] == nil } }

    /// The writes without a revision that may change `key` and were not assumed to have done so.
    func writes(on key: Symbol) -> [Int] {
        var writes: [Int] = []
        for effect in effects(on: key) where writes.last != effect.write && !isAssumed(effect, on: key) {
            writes.append(effect.write)
        }
        return writes
    }

    func isAssumed(_ effect: Effect, on key: Symbol) -> Bool {
        assumed.contains(Assumption(write: effect.write, key: key))
    }

    mutating func assume(_ effect: Effect, on key: Symbol) {
        assumed.insert(Assumption(write: effect.write, key: key))
    }

    mutating func place(_ write: Int, at revision: UInt64) { placed[write] = revision }

    func revision(of write: Int) -> UInt64? { placed[write] }

    /// What a write may do, whichever branch it takes.
    static func effects(
        of request: HistoryRequest
    ) -> [(key: Symbol, HistoryCondition, value: Symbol?)] {
        switch request {
        case .put(let key, let value, let condition): [(key, condition, value)]
        case .delete(let key, let condition): [(key, condition, nil)]
        case .transaction(let transaction):
            (transaction.then + transaction.otherwise).compactMap { step in
                switch step {
                case .put(let key, let value): (key, .none, value)
                case .delete(let key): (key, .none, nil)
                case .get: nil
                }
            }
        case .get, .list, .watch, .session, .heap: []
        }
    }
}
