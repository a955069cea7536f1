import Raft
import Testing

import struct StateMachine.Event

@testable import StateMachine

@Suite("Event history")
struct EventHistoryTests {
    private func pages(
        _ state: StateMachine, after position: EventPosition, prefix: String, limit: Int, maxBytes: Int
    ) -> [Event]? {
        var found: [Event] = []
        var position = position
        while true {
            let page = state.events(after: position, prefix: Array(prefix.utf8), limit: limit, maxBytes: maxBytes)
            guard case .page(let events, let next) = page else { return nil }
            #expect(events.count <= limit && next >= position)
            #expect(events.count <= 1 || events.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) } <= maxBytes)
            found += events
            if next == position { return found }
            position = next
        }
    }

    @Test("only what changes something is an event; those of a transaction count from 0")
    func whatIsAnEvent() {
        var log = Applied()
        log.put("a", "1")
        log.put("a", "2", .absent)
        log.apply(.delete(key: Array("b".utf8), condition: .none))
        log.apply(.noop, [])
        log.apply(
            .transaction(
                Transaction(
                    compare: [],
                    then: [
                        .delete(key: Array("no".utf8)), .get(key: Array("z".utf8)), .delete(key: Array("a".utf8)),
                        .put(key: Array("c".utf8), value: [3]),
                    ], otherwise: [.put(key: Array("d".utf8), value: [])])))
        let expected = [
            Event(
                position: EventPosition(revision: 1, number: 0), key: Array("a".utf8),
                kind: .put(value: Array("1".utf8))),
            Event(position: EventPosition(revision: 5, number: 0), key: Array("a".utf8), kind: .delete),
            Event(position: EventPosition(revision: 5, number: 1), key: Array("c".utf8), kind: .put(value: [3])),
        ]
        let end = EventPosition(revision: 5, number: .max)
        let all = log.machine.events(after: EventPosition(revision: 0, number: .max), limit: 10, maxBytes: .max)
        #expect(all == .page(events: expected, next: end))
        let middle = log.machine.events(after: EventPosition(revision: 5, number: 0), limit: 10, maxBytes: .max)
        #expect(middle == .page(events: [expected[2]], next: end))
        #expect(log.machine.events(after: end, limit: 10, maxBytes: .max) == .page(events: [], next: end))
        let future = EventPosition(revision: 90, number: 0)
        #expect(log.machine.events(after: future, limit: 10, maxBytes: .max) == .page(events: [], next: future))
    }

    @Test("every place leads to all that follows, in pages of any size", arguments: 1...4 as ClosedRange<UInt64>)
    func paging(seed: UInt64) {
        var load = RandomLoad(seed: seed, keyCount: 30)
        var state = StateMachine(history: .init(count: 700, bytes: .max))
        for _ in 0..<3500 { state.apply(load.entry(after: state.lastApplied)) }
        let floor = state.view().historyFloor
        let oldest = EventPosition(revision: floor - 1, number: .max)
        guard let all = pages(state, after: oldest, prefix: "", limit: 5000, maxBytes: .max) else {
            Issue.record("seed \(seed): nothing from the floor on")
            return
        }
        #expect(floor > 1 && all.count == state.view().historyCount && all.count <= 700, "seed \(seed)")
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.position < $1.position }, "seed \(seed)")
        for place in all.map(\.position).filter({ $0.revision % 60 == 0 }) + [oldest] {
            for prefix in ["", "key1", "key7", "none"] {
                let expected = all.filter { $0.position > place && $0.key.starts(with: Array(prefix.utf8)) }
                for (limit, maxBytes) in [(1, Int.max), (7, 100), (1000, .max)] {
                    #expect(
                        pages(state, after: place, prefix: prefix, limit: limit, maxBytes: maxBytes) == expected,
                        "seed \(seed) after \(place), prefix \(prefix), limit \(limit)")
                }
            }
        }
    }

    @Test("below the floor nothing is shown, for some of it may be gone")
    func floor() {
        var log = Applied(StateMachine(history: .init(count: 3, bytes: .max)))
        for number in 1...5 { log.put("k", "\(number)") }
        for place in [
            EventPosition(revision: 0, number: .max), EventPosition(revision: 1, number: .max),
            EventPosition(revision: 2, number: 0),
        ] {
            #expect(log.machine.events(after: place, limit: 9, maxBytes: .max) == .belowFloor(floor: 3), "\(place)")
        }
        for place in [EventPosition(revision: 2, number: .max), EventPosition(revision: 3, number: 0)] {
            guard case .page(let events, _) = log.machine.events(after: place, limit: 9, maxBytes: .max) else {
                Issue.record("\(place)")
                continue
            }
            #expect(events.count == (place.revision == 2 ? 3 : 2))
        }
    }

    @Test("whole revisions go, the newest stays however large")
    func wholeRevisions() {
        var log = Applied(StateMachine(history: .init(count: 4, bytes: 4000)))
        func write(_ keys: ClosedRange<Int>, size: Int) {
            log.apply(
                .transaction(
                    Transaction(
                        compare: [],
                        then: keys.map { .put(key: Array("\($0)".utf8), value: [UInt8](repeating: 0, count: size)) },
                        otherwise: [])))
        }
        write(1...3, size: 1)
        write(1...3, size: 1)
        #expect(log.machine.view().historyFloor == 2 && log.machine.view().historyCount == 3)
        write(1...6, size: 1)
        #expect(log.machine.view().historyFloor == 3 && log.machine.view().historyCount == 6)
        write(1...1, size: 9000)
        #expect(log.machine.view().historyFloor == 4 && log.machine.view().historyCount == 1)
        write(1...1, size: 1)
        #expect(log.machine.view().historyFloor == 5 && log.machine.view().historyCount == 1)
    }

    @Test("the standard limits are those of the contract")
    func standard() {
        #expect(EventHistory.Limits.standard == .init(count: 100_000, bytes: 64 << 20))
        #expect(KeyedRetries.Limits.standard == .init(count: 500_000, bytes: 64 << 20))
    }

    @Test("a page looks at a bounded number of events; who goes on after it misses none")
    func boundedScan() {
        var log = Applied()
        for number in 0..<9000 { log.put(number == 8999 ? "wanted" : "k") }
        let start = EventPosition(revision: 0, number: .max)
        guard
            case .page(let events, let next) = log.machine.events(
                after: start, prefix: Array("w".utf8), limit: 1, maxBytes: 1)
        else {
            Issue.record("below the floor")
            return
        }
        #expect(events.isEmpty && next > start && next.revision < 8999)
        #expect(pages(log.machine, after: start, prefix: "w", limit: 1, maxBytes: 1)?.count == 1)
    }

    @Test("a view keeps its history")
    func views() {
        var log = Applied(StateMachine(history: .init(count: 1000, bytes: .max)))
        for number in 0..<1500 { log.put("k\(number)", "v\(number)") }
        let view = log.machine.view()
        let start = EventPosition(revision: view.historyFloor, number: 0)
        let before = view.events(after: start, limit: .max, maxBytes: .max)
        for number in 0..<1500 { log.put("l\(number)") }
        #expect(view.events(after: start, limit: .max, maxBytes: .max) == before)
        #expect(log.machine.events(after: start, limit: 1, maxBytes: 1) == .belowFloor(floor: 2001))
    }
}
