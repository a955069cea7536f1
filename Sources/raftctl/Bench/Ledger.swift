/// What was promised: for each key, the write with the highest acknowledged revision, and its number.
struct Ledger {
    struct Promise {
        var revision: UInt64
        var sequence: Int
    }

    private(set) var promises: [Promise?]
    private(set) var acknowledged = 0

    init(keys: Int) { promises = Array(repeating: nil, count: keys) }

    mutating func acknowledge(key: Int, sequence: Int, revision: UInt64) {
        acknowledged += 1
        guard revision > promises[key]?.revision ?? 0 else { return }
        promises[key] = Promise(revision: revision, sequence: sequence)
    }

    var highestRevision: UInt64 { promises.reduce(0) { max($0, $1?.revision ?? 0) } }
}
