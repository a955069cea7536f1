import Raft
import Testing

@testable import StateMachine

@Suite("Retries under a client's key")
struct KeyedRetriesTests {
    private let key = Array("k".utf8)
    private let minute: UInt64 = 60_000

    private func named(_ name: String, fingerprint: UInt64 = 1) -> IdempotencyKey {
        IdempotencyKey(scope: Array(name.utf8), fingerprint: fingerprint)
    }

    private func put(_ value: UInt8, _ condition: Condition = .none) -> Operation {
        .put(key: key, value: [value], condition: condition)
    }

    @Test("a retry has the first outcome and does nothing, whoever brings it")
    func firstOutcome() {
        var log = Applied()
        #expect(log.apply(put(1), key: named("a")) == .put(revision: 1, created: true))
        log.apply(put(2))
        #expect(log.apply(put(1), key: named("a")) == .put(revision: 1, created: true))
        for sequence in 1...2 as ClosedRange<UInt64> {
            let request = RequestID(instance: InstanceID(high: 1, low: sequence), boot: 1, sequence: sequence)
            #expect(log.apply(put(1), request: request, key: named("a")) == .put(revision: 1, created: true))
        }
        #expect(log.machine.get(key) == Versioned(value: [2], revision: 2))
        #expect(log.apply(put(1), key: named("b")) == .put(revision: 6, created: false))
    }

    @Test("a refusal is an outcome too: it stays, though it would be otherwise now")
    func refusals() {
        var log = Applied()
        #expect(log.apply(put(1, .exists), key: named("a")) == .preconditionFailed(current: nil))
        log.apply(put(2))
        #expect(log.apply(put(1, .exists), key: named("a")) == .preconditionFailed(current: nil))
        let transaction = Transaction(compare: [], then: [.get(key: key)], otherwise: [])
        let first = log.apply(.transaction(transaction), key: named("t"))
        #expect(
            first == .transaction(revision: 4, succeeded: true, results: [.get(Versioned(value: [2], revision: 2))]))
        log.apply(put(3))
        #expect(log.apply(.transaction(transaction), key: named("t")) == first)
    }

    @Test("the same key with another request is refused, and does not take the place of the first")
    func reused() {
        var log = Applied()
        log.apply(put(1), key: named("a"))
        #expect(log.apply(put(2), key: named("a", fingerprint: 2)) == .keyReused)
        #expect(log.machine.get(key)?.value == [1])
        #expect(log.apply(put(1), key: named("a")) == .put(revision: 1, created: true))
    }

    @Test("an outcome is kept for ten minutes after it was made, to the millisecond, and no longer")
    func lifetime() {
        var log = Applied()
        log.apply(put(1), key: named("a"), at: 0)
        for time in 1...9 as ClosedRange<UInt64> { log.apply(put(2), at: time * minute) }
        #expect(log.apply(put(1), key: named("a"), at: 10 * minute - 1) == .put(revision: 1, created: true))
        #expect(log.apply(put(1), key: named("a"), at: 10 * minute) == .put(revision: 12, created: false))
        // A retry does not make it stay longer: time counts from the first.
        for time in 11...19 as ClosedRange<UInt64> { log.apply(put(1), key: named("a"), at: time * minute) }
        #expect(log.apply(put(1), key: named("a"), at: 20 * minute) == .put(revision: 22, created: false))
    }

    @Test("a full table takes no new key, forgets none early, and does nothing")
    func full() {
        var log = Applied(StateMachine(keyed: .init(count: 3, bytes: .max)))
        for name in ["a", "b", "c"] { log.apply(put(1), key: named(name), at: 0) }
        #expect(log.apply(put(9), key: named("d"), at: 1) == .retryTableFull)
        #expect(log.machine.get(key) == Versioned(value: [1], revision: 3))
        #expect(log.apply(put(1), key: named("a"), at: 1) == .put(revision: 1, created: true))
        #expect(log.apply(put(2), key: named("c", fingerprint: 5), at: 1) == .keyReused)
        log.apply(put(8), at: 2)
        for time in 1...10 as ClosedRange<UInt64> { log.apply(put(8), at: time * minute) }
        #expect(log.apply(put(9), key: named("d"), at: 10 * minute) == .put(revision: 18, created: false))
        #expect(log.machine.view().keyedRetryCount == 1)
    }

    @Test("bytes fill it too: those of a long outcome are counted before anything is done")
    func fullOfBytes() {
        var log = Applied(StateMachine(keyed: .init(count: 1000, bytes: 1000)))
        log.apply(.put(key: key, value: [UInt8](repeating: 1, count: 900), condition: .none))
        let get = Operation.transaction(
            Transaction(compare: [], then: [.get(key: key), .put(key: [0x78], value: [])], otherwise: []))
        #expect(log.apply(put(1), key: named("a")) != .retryTableFull)
        log.apply(.put(key: key, value: [UInt8](repeating: 1, count: 980), condition: .none))
        #expect(log.apply(get, key: named("b")) == .retryTableFull)
        #expect(log.machine.get([0x78]) == nil)
        log.apply(.put(key: key, value: [UInt8](repeating: 1, count: 700), condition: .none))
        #expect(log.apply(get, key: named("b")) != .retryTableFull)
        var names = 0
        while log.apply(put(1), key: named("n\(names)")) != .retryTableFull { names += 1 }
        #expect((1..<40).contains(names))
    }

    @Test("many that are due at once go a few at a time, and none is taken for alive")
    func manyAtOnce() {
        var log = Applied()
        for number in 0..<1000 { log.apply(put(1), key: named("n\(number)"), at: 0) }
        for time in 1...10 as ClosedRange<UInt64> { log.apply(put(1), at: time * minute) }
        let left = log.machine.view().keyedRetryCount
        #expect((800..<1000).contains(left))
        #expect(log.apply(put(7), key: named("n999"), at: 10 * minute) == .put(revision: 1011, created: false))
        #expect(log.machine.view().keyedRetryCount == 1)
        #expect(log.machine.get(key)?.value == [7])
    }

    @Test("the bytes are given back with the outcomes")
    func bytes() {
        var log = Applied()
        log.apply(put(1))
        let before = log.machine.approximateBytes
        for number in 0..<50 { log.apply(put(1, .absent), key: named("n\(number)"), at: 0) }
        #expect(log.machine.approximateBytes > before + 50 * 20)
        for time in 1...10 as ClosedRange<UInt64> { log.apply(put(1, .absent), at: time * minute) }
        #expect(log.machine.approximateBytes == before)
    }
}
