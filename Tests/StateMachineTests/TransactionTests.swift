import Bytes
import Raft
import Testing

@testable import StateMachine

@Suite("Transactions")
struct TransactionTests {
    /// What transactions must do: a dictionary.
    private struct Model {
        var values: [[UInt8]: Versioned] = [:]

        mutating func perform(_ transaction: Transaction, revision: UInt64) -> Outcome {
            var holds = true
            for comparison in transaction.compare {
                let current = values[comparison.key]
                switch comparison.demand {
                case .value(let value): if current?.value != value { holds = false }
                case .revision(let revision): if current?.revision != revision { holds = false }
                case .exists(let exists): if exists == (current == nil) { holds = false }
                }
            }
            var results: [TransactionResult] = []
            for operation in holds ? transaction.then : transaction.otherwise {
                switch operation {
                case .put(let key, let value):
                    results.append(.put(created: values[key] == nil))
                    values[key] = Versioned(value: value, revision: revision)
                case .delete(let key): results.append(.delete(deleted: values.removeValue(forKey: key) != nil))
                case .get(let key): results.append(.get(values[key]))
                }
            }
            return .transaction(revision: revision, succeeded: holds, results: results)
        }
    }

    @Test("a transaction does what a dictionary does", arguments: 1...6 as ClosedRange<UInt64>)
    func againstModel(seed: UInt64) {
        var load = RandomLoad(seed: seed, keyCount: 12, valueSize: 2)
        var model = Model()
        var log = Applied()
        var successes = 0
        for step in 0..<1500 {
            let transaction = load.transaction()
            // One that names a key twice is no command.
            let isCommand = [transaction.then, transaction.otherwise].allSatisfy {
                Set($0.map(\.key)).count == $0.count
            }
            let outcome = log.apply(.transaction(transaction))
            guard isCommand else {
                guard case .invalid = outcome else {
                    Issue.record("seed \(seed) step \(step): \(transaction) was carried out")
                    continue
                }
                continue
            }
            #expect(
                outcome == model.perform(transaction, revision: log.machine.lastApplied), "seed \(seed) step \(step)")
            if case .transaction(_, true, _) = outcome { successes += 1 }
        }
        #expect((300...1400).contains(successes), "seed \(seed): one branch is hardly ever taken")
        var found: [[UInt8]: Versioned] = [:]
        log.machine.view().forEach { key, value in
            found[key] = value
            return true
        }
        #expect(found == model.values, "seed \(seed)")
    }

    @Test("an absent key has no value and no revision")
    func absent() {
        var log = Applied()
        let key = Array("k".utf8)
        let demands: [(Comparison.Demand, Bool)] = [
            (.value([]), false), (.revision(0), false), (.exists(true), false), (.exists(false), true),
        ]
        for (demand, holds) in demands {
            let transaction = Transaction(compare: [Comparison(key: key, demand)], then: [], otherwise: [])
            let outcome = log.apply(.transaction(transaction))
            #expect(
                outcome == .transaction(revision: log.machine.lastApplied, succeeded: holds, results: []), "\(demand)")
        }
    }

    @Test("keys of a transaction are keys, in every place")
    func keys() throws {
        for key: [UInt8] in [[], [0x61, 0], [0xFF], [UInt8](repeating: 0x61, count: 1025)] {
            for transaction in [
                Transaction(compare: [Comparison(key: key, .exists(true))], then: [], otherwise: []),
                Transaction(compare: [], then: [.put(key: key, value: [])], otherwise: []),
                Transaction(compare: [], then: [], otherwise: [.delete(key: key)]),
                Transaction(compare: [], then: [.get(key: key)], otherwise: []),
            ] {
                let bytes = Command(.transaction(transaction)).encode()
                #expect(throws: ByteReader.Failure.self) { try Command.decode(bytes) }
            }
        }
        let longest = [UInt8](repeating: 0x61, count: 1024)
        let bytes = Command(.transaction(Transaction(compare: [], then: [.get(key: longest)], otherwise: []))).encode()
        #expect(try Command.decode(bytes).operation.byteCount == 1024)
    }

    @Test("gets that find more than an answer can hold make it invalid, and nothing is written")
    func tooMuchFound() {
        var log = Applied()
        let half = [UInt8](repeating: 7, count: Transaction.maximumFoundBytes / 2 + 1)
        let keys = ["a", "b"].map { Array($0.utf8) }
        for key in keys { log.apply(.put(key: key, value: half, condition: .none)) }
        let both = Transaction(
            compare: [], then: [.put(key: [0x63], value: [])] + keys.map { .get(key: $0) }, otherwise: [])
        guard case .invalid(let reason) = log.apply(.transaction(both)) else {
            Issue.record("both were found")
            return
        }
        #expect(reason.contains("\(2 * half.count) bytes") && log.machine.get([0x63]) == nil)
        guard
            case .transaction = log.apply(
                .transaction(Transaction(compare: [], then: [.get(key: keys[0])], otherwise: [])))
        else {
            Issue.record("one was not found")
            return
        }
    }
}
