import Raft
import Replica
import StateMachine
import Testing

@testable import Simulation

/// The oracles notice what they are there for.
@Suite struct CheckerTests {
    private let key = Array("key".utf8)

    private func entry(_ index: LogIndex, term: Term = 1, label: UInt64, request: RequestID? = nil) -> LogEntry {
        let value = Label.value(label, count: 20)
        let command = Command(.put(key: key, value: value, condition: .none), requestID: request)
        return LogEntry(
            term: term, index: index, kind: .command,
            payload: Command.payload(timestamp: 0, commandBytes: command.encode()))
    }

    private func model(_ labels: [UInt64]) throws -> Model {
        var model = Model()
        for (place, label) in labels.enumerated() { try model.apply(entry(LogIndex(place + 1), label: label)) }
        return model
    }

    private func put(_ label: UInt64) -> ClientRequest.Body {
        .write(.put(key: key, value: Label.value(label, count: 20), condition: .none))
    }

    @Test func twoLeadersInATerm() throws {
        var log = ClusterLog()
        var random = SeededRandom(seed: 1)
        let (one, other) = (
            Identity(nodeID: "n1", instance: random.nextID()), Identity(nodeID: "n2", instance: random.nextID())
        )
        try log.noteLeader(one, term: 3)
        try log.noteLeader(one, term: 3)
        try log.noteLeader(other, term: 4)
        #expect(throws: Violation.self) { try log.noteLeader(other, term: 3) }
    }

    @Test func anotherEntryAppliedAtAnIndex() throws {
        var log = ClusterLog()
        try log.note(entry(1, term: 1, label: 1))
        try log.note(entry(1, term: 2, label: 2))
        #expect(try log.noteApplied(LogPosition(index: 1, term: 1), by: "n1") != nil)
        #expect(try log.noteApplied(LogPosition(index: 1, term: 1), by: "n2") == nil)
        #expect(throws: Violation.self) { try log.noteApplied(LogPosition(index: 1, term: 2), by: "n3") }
        #expect(throws: Violation.self) { try log.note(entry(1, term: 1, label: 9)) }
    }

    @Test func oneOperationTwiceInTheLog() throws {
        var random = SeededRandom(seed: 1)
        let request = RequestID(instance: random.nextID(), boot: 1, sequence: 1)
        var model = Model()
        try model.apply(entry(1, label: 7, request: request))
        // A retry under its own name is one operation still.
        try model.apply(entry(2, label: 7, request: request))
        #expect(model.value(of: key)?.revision == 1)
        #expect(throws: Violation.self) { try model.apply(entry(3, label: 7)) }
    }

    @Test func anAcknowledgementWithoutAnEffect() throws {
        var history = ClientHistory()
        let model = try model([1])
        let write = history.invocation(put(2), label: 2)
        #expect(throws: Violation.self) {
            try history.completed(write, .outcome(.put(revision: 1, created: true)), model: model)
        }
    }

    @Test func aReadThatMissesAnAcknowledgedWrite() throws {
        var history = ClientHistory()
        let model = try model([1, 2])
        let early = history.invocation(.read(.get(key: key), .linearizable), label: nil)
        let write = history.invocation(put(2), label: 2)
        try history.completed(write, .outcome(.put(revision: 2, created: false)), model: model)
        let late = history.invocation(.read(.get(key: key), .linearizable), label: nil)
        let old = Answer.value(Versioned(value: Label.value(1, count: 20), revision: 1))
        // The one that was under way may miss it, the one that came after may not.
        try history.completed(early, old, model: model)
        #expect(throws: Violation.self) { try history.completed(late, old, model: model) }
    }

    @Test func aRefusedWriteThatHappened() throws {
        var history = ClientHistory()
        let write = history.invocation(put(1), label: 1)
        try history.completed(write, .unavailable(reason: ""), model: Model())
        try history.checkDenied(Model())
        let model = try model([1])
        #expect(throws: Violation.self) { try history.checkDenied(model) }
    }
}
