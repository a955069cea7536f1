import Raft
import Replica
import StateMachine
import Testing

@testable import Simulation

/// The oracles notice what they are there for.
@Suite struct CheckerTests {
    private let key = Array("key".utf8)

    private func entry(
        _ index: LogIndex, term: Term = 1, value: UInt8, request: RequestID? = nil, name: String? = nil
    ) -> LogEntry {
        entry(index, term: term, .put(key: key, value: [value], condition: .none), request: request, name: name)
    }

    private func entry(
        _ index: LogIndex, term: Term = 1, _ operation: Operation, request: RequestID? = nil,
        name: String? = nil
    ) -> LogEntry {
        let name = name.map { IdempotencyKey(scope: Array($0.utf8), fingerprint: 1) }
        let command = Command(operation, requestID: request, idempotencyKey: name)
        return LogEntry(
            term: term, index: index, kind: .command,
            payload: Command.payload(timestamp: 0, commandBytes: command.encode()))
    }

    @Test func theModelCarriesOutNothingTwice() throws {
        var random = SeededRandom(seed: 1)
        let request = RequestID(instance: random.nextID(), boot: 1, sequence: 1)
        var model = Model()
        try model.apply(entry(1, value: 7, request: request))
        try model.apply(entry(2, value: 7, request: request))
        #expect(model.value(of: key)?.revision == 1)
        try model.apply(entry(3, value: 8, name: "one"))
        try model.apply(entry(4, value: 8, name: "one"))
        #expect(model.value(of: key)?.revision == 3)
        try model.apply(entry(5, value: 8))
        #expect(model.value(of: key)?.revision == 5)
    }

    @Test func theModelTakesTheBranchThatHolds() throws {
        let other = Array("other".utf8)
        let transaction = Transaction(
            compare: [Comparison(key: key, .revision(1))], then: [.put(key: other, value: [2]), .delete(key: key)],
            otherwise: [.put(key: key, value: [3])])
        var model = Model()
        try model.apply(entry(1, value: 1))
        try model.apply(entry(2, .transaction(transaction)))
        #expect(model.value(of: key) == nil && model.value(of: other)?.revision == 2)
        try model.apply(entry(3, .transaction(transaction)))
        #expect(model.value(of: key)?.value == [3])
    }

    @Test func aReadThatMissesAnAcknowledgedWrite() throws {
        var history = ClientHistory()
        func began(_ body: ClientRequest.Body, at time: UInt64) -> Int {
            history.began(
                body, client: 0, node: "n1", name: nil, isRepeat: false, at: Instant(nanoseconds: time * 1000))
        }
        func ended(_ place: Int, _ answer: Answer, at time: UInt64) throws {
            try history.ended(place, with: answer, at: Instant(nanoseconds: time * 1000))
        }
        let get = ClientRequest.Body.read(.get(key: key), .linearizable)
        let old = Answer.value(Versioned(value: [1], revision: 1))
        let first = began(.write(.put(key: key, value: [1], condition: .none)), at: 0)
        try ended(first, .outcome(.put(revision: 1, created: true)), at: 10)
        let early = began(get, at: 20)
        let second = began(.write(.put(key: key, value: [2], condition: .none)), at: 20)
        try ended(second, .outcome(.put(revision: 2, created: false)), at: 30)
        // The one that was under way may miss it, the one that came after may not.
        try ended(early, old, at: 40)
        try history.check()
        let late = began(get, at: 50)
        try ended(late, old, at: 60)
        let violation = #expect(throws: Violation.self) { try history.check() }
        #expect(violation?.description.contains("\"get\"") == true)
        #expect(history.acknowledgedWrites == 2 && history.linearizableReads == 2)
    }

    @Test func anAnswerToAnotherQuestion() {
        var history = ClientHistory()
        let place = history.began(
            .read(.get(key: key), .stale), client: 0, node: "n1", name: nil, isRepeat: false, at: .zero)
        #expect(throws: Violation.self) {
            try history.ended(place, with: .outcome(.put(revision: 1, created: true)), at: .zero)
        }
    }

    @Test func aWatchGoesOnWithinARevision() throws {
        let transaction = Transaction(
            compare: [], then: (1...5).map { .put(key: key + [$0], value: [$0]) }, otherwise: [])
        var state = StateMachine()
        state.apply(entry(1, .transaction(transaction)))
        var watcher = WatchClient(client: 0, prefix: key, from: 1, at: .zero)
        while try watcher.read(state, limit: 2) {
            #expect(watcher.until == (watcher.events.count < 5 || watcher.position.number != .max ? 0 : 1))
        }
        #expect(watcher.events.map(\.position.number) == [0, 1, 2, 3, 4])
        #expect(watcher.until == 1)
    }
}
