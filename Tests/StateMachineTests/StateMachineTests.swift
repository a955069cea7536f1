import Raft
@testable import StateMachine
import Testing

/// A state machine and the log that it applies.
struct Applied {
    var machine: StateMachine
    private(set) var entries: [LogEntry] = []

    init(_ machine: StateMachine = StateMachine()) { self.machine = machine }

    @discardableResult
    mutating func apply(_ kind: LogEntry.Kind, _ payload: [UInt8]) -> Outcome? {
        let entry = LogEntry(term: 1, index: machine.lastApplied + 1, kind: kind, payload: payload)
        entries.append(entry)
        return machine.apply(entry)
    }

    @discardableResult
    mutating func apply(
        _ operation: Operation, request: RequestID? = nil, completedBelow: UInt64 = 0,
        key: IdempotencyKey? = nil, at time: UInt64 = 0
    ) -> Outcome? {
        let command = Command(
            operation, requestID: request, completedBelow: completedBelow, idempotencyKey: key)
        return apply(.command, Command.payload(timestamp: time, commandBytes: command.encode()))
    }

    @discardableResult
    mutating func put(_ key: String, _ value: String = "", _ condition: Condition = .none) -> Outcome? {
        apply(.put(key: Array(key.utf8), value: Array(value.utf8), condition: condition))
    }
}

@Suite("State machine")
struct StateMachineTests {
    private let key = Array("k".utf8)

    private func request(_ sequence: UInt64) -> RequestID {
        RequestID(instance: InstanceID(high: 1, low: 2), boot: 1, sequence: sequence)
    }

    @Test("a revision is the index of the write")
    func revisions() {
        var log = Applied()
        #expect(log.apply(.noop, []) == nil)
        #expect(log.put("k", "a") == .put(revision: 2, created: true))
        #expect(log.apply(.configuration, [1]) == nil)
        #expect(log.put("k", "b") == .put(revision: 4, created: false))
        #expect(log.machine.get(key) == Versioned(value: Array("b".utf8), revision: 4))
        #expect(log.apply(.delete(key: key, condition: .none)) == .delete(revision: 5, deleted: true))
        #expect(log.apply(.delete(key: key, condition: .none)) == .delete(revision: 6, deleted: false))
        #expect(log.machine.get(key) == nil)
        #expect(log.machine.lastApplied == 6)
    }

    @Test("a condition holds or nothing changes (RFC 9110, 13.1)")
    func conditions() {
        let rows: [(condition: Condition, whenAbsent: Bool, whenAtRevision1: Bool)] = [
            (.none, true, true), (.exists, false, true), (.absent, true, false),
            (.matchesAny(revisions: [1]), false, true), (.matchesAny(revisions: [7, 1]), false, true),
            (.matchesAny(revisions: [2]), false, false), (.matchesAny(revisions: []), false, false),
        ]
        for row in rows {
            var absent = Applied()
            absent.apply(.noop, [])
            var present = Applied()
            present.put("k", "old")
            for isPut in [true, false] {
                let operation: Operation =
                    isPut
                    ? .put(key: key, value: [1], condition: row.condition) : .delete(key: key, condition: row.condition)
                var (first, second) = (absent, present)
                let created: Outcome = isPut ? .put(revision: 2, created: true) : .delete(revision: 2, deleted: false)
                #expect(
                    first.apply(operation) == (row.whenAbsent ? created : .preconditionFailed(current: nil)), "\(row)")
                let done: Outcome = isPut ? .put(revision: 2, created: false) : .delete(revision: 2, deleted: true)
                #expect(
                    second.apply(operation) == (row.whenAtRevision1 ? done : .preconditionFailed(current: 1)), "\(row)")
                if !row.whenAbsent { #expect(first.machine.get(key) == nil) }
                if !row.whenAtRevision1 { #expect(second.machine.get(key)?.value == Array("old".utf8)) }
            }
        }
    }

    @Test("a command that reaches the log twice takes effect once (thesis 6.3)")
    func exactlyOnce() {
        var log = Applied()
        let create = Operation.put(key: key, value: [1], condition: .absent)
        #expect(log.apply(create, request: request(1)) == .put(revision: 1, created: true))
        #expect(log.apply(create, request: request(1)) == .put(revision: 1, created: true))
        #expect(log.machine.get(key)?.revision == 1)
        let remove = Operation.delete(key: key, condition: .matchesAny(revisions: [9]))
        #expect(
            log.apply(remove, request: request(2)) == .preconditionFailed(current: 1), "a refusal is an outcome too")
        log.put("k", "x")
        #expect(log.apply(remove, request: request(2)) == .preconditionFailed(current: 1))
        log.apply(.delete(key: key, condition: .none), request: request(3), completedBelow: 3)
        #expect(log.apply(create, request: request(1)) == .superseded)
        #expect(log.machine.get(key) == nil)
    }

    @Test("only the time of the entries makes the table forget")
    func expiryByEntryTime() {
        var log = Applied()
        let put = Operation.put(key: key, value: [1], condition: .none)
        let other = Operation.delete(key: [1], condition: .none)
        #expect(log.apply(put, request: request(1), at: 0) == .put(revision: 1, created: true))
        for _ in 0..<2000 { log.apply(other, at: 0) }
        for minute in 1...9 as ClosedRange<UInt64> { log.apply(other, at: minute * 60_000) }
        #expect(log.apply(put, request: request(1), at: 599_999) == .put(revision: 1, created: true))
        for minute in 10...19 as ClosedRange<UInt64> { log.apply(other, at: minute * 60_000) }
        #expect(log.apply(put, request: request(1), at: 1_199_998) == .put(revision: 1, created: true))
        for minute in 20...30 as ClosedRange<UInt64> { log.apply(other, at: minute * 60_000) }
        #expect(
            log.apply(put, request: request(1), at: 1_800_000)
                == .put(revision: log.machine.lastApplied, created: false))
    }

    @Test("a copy that reaches the log by a leader whose clock is far ahead, or behind, takes no effect")
    func clocksThatAreApart() {
        var log = Applied()
        let put = Operation.put(key: key, value: [1], condition: .none)
        for time in [1_000_000, 1_000_000_000_000, 5, .max, 0] as [UInt64] {
            #expect(log.apply(put, request: request(1), at: time) == .put(revision: 1, created: true))
        }
        #expect(log.machine.lastTimestamp == .max)
    }

    @Test("bytes that are no command are invalid, and change nothing but the index")
    func invalid() {
        var log = Applied()
        log.put("k", "a")
        for payload: [UInt8] in [[], [1, 2], Command.payload(timestamp: 1, commandBytes: [9, 9])] {
            guard case .invalid(let reason) = log.apply(.command, payload) else {
                Issue.record("\(payload) was applied")
                continue
            }
            #expect(!reason.isEmpty)
        }
        #expect(log.machine.count == 1)
        #expect(log.machine.lastApplied == 4)
        #expect(log.put("k", "b") == .put(revision: 5, created: false))
    }

    @Test("a view stays as it was while entries are applied")
    func views() {
        var log = Applied()
        for number in 0..<1000 { log.put("k\(number)", "old") }
        let view = log.machine.view()
        let before = view.list(prefix: [], limit: 2000, maxBytes: .max)
        for number in 0..<1000 { log.apply(.delete(key: Array("k\(number)".utf8), condition: .none)) }
        log.put("new")
        #expect(view.list(prefix: [], limit: 2000, maxBytes: .max) == before)
        #expect(view.count == 1000 && view.lastApplied == 1000)
        #expect(log.machine.count == 1)
    }

    @Test("approximateBytes follows what is there: keys, values, changes and retries")
    func approximateBytes() {
        var log = Applied(StateMachine(history: .init(count: 1, bytes: .max)))
        log.put("k", "")
        let empty = log.machine.approximateBytes
        #expect(empty > 2)
        log.put("k", "abc")
        #expect(log.machine.approximateBytes == empty + 6, "the value is in the map and in the history")
        log.put("l", "abc")
        let two = log.machine.approximateBytes
        #expect(two > empty + 6)
        log.apply(.delete(key: Array("l".utf8), condition: .none), request: request(1))
        let one = log.machine.approximateBytes
        log.apply(.delete(key: Array("m".utf8), condition: .none), request: request(2), completedBelow: 2)
        #expect(log.machine.approximateBytes == one, "one outcome goes, another comes")
        log.apply(.delete(key: Array("k".utf8), condition: .none))
        for minute in 1...20 as ClosedRange<UInt64> {
            log.apply(.delete(key: Array("k".utf8), condition: .none), at: minute * 60_000)
        }
        let change = log.machine.approximateBytes
        #expect(change > 1 && log.machine.view().historyCount == 1 && log.machine.count == 0)
        log.put("k", "abc")
        log.apply(.delete(key: Array("k".utf8), condition: .none))
        #expect(log.machine.approximateBytes == change)
    }

    @Test("the same entries make the same state and the same outcomes", arguments: 1...4 as ClosedRange<UInt64>)
    func determinism(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var log = Applied()
        var outcomes: [Outcome?] = []
        for step in 0..<3000 as Range<UInt64> {
            let key: [UInt8] = Array("key\(random.next() % 200)".utf8)
            let condition: Condition = [.none, .absent, .exists, .matchesAny(revisions: [step])][Int(random.next() % 4)]
            let operation: Operation =
                random.next() % 3 == 0
                ? .delete(key: key, condition: condition)
                : .put(key: key, value: [UInt8(step & 0xFF)], condition: condition)
            let id = RequestID(instance: InstanceID(high: 1, low: random.next() % 3), boot: 1, sequence: step / 2)
            let command = Command(operation, requestID: id, completedBelow: id.sequence / 2)
            let time = random.next() % 10_000_000
            outcomes.append(log.apply(.command, Command.payload(timestamp: time, commandBytes: command.encode())))
        }
        var twin = StateMachine()
        #expect(log.entries.map { twin.apply($0) } == outcomes, "seed \(seed)")
        let whole = log.machine.list(prefix: [], limit: 1000, maxBytes: .max)
        #expect(twin.list(prefix: [], limit: 1000, maxBytes: .max) == whole, "seed \(seed)")
        #expect(
            twin.lastTimestamp == log.machine.lastTimestamp && twin.approximateBytes == log.machine.approximateBytes)
    }
}
