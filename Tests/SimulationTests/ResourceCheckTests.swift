import Raft
import Replica
import StateMachine
import Testing

@testable import Simulation

/// Session logs and tags: the load asks for everything, the model is right, and what is lost is noticed.
@Suite struct ResourceCheckTests {
    private let session = Array("s".utf8)
    private let heap = Array("h".utf8)

    private func entry(_ index: LogIndex, _ operation: Operation, at timestamp: UInt64 = 0) -> LogEntry {
        LogEntry(
            term: 1, index: index, kind: .command,
            payload: Command.payload(timestamp: timestamp, commandBytes: Command(operation).encode()))
    }

    private func append(_ head: String) -> Operation {
        let entry = SessionEntry(inputHeap: nil, outputHeap: Array(head.utf8), outputFS: nil, code: [])
        return .session(SessionCommand(session, .append(entry, expecting: .anything)))
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func theModelHoldsWhatTheStateMachineDoes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var requests = ResourceRequests(seed: seed)
        var (model, state) = (Model(), StateMachine())
        var kinds: Set<String> = []
        for _ in 0..<1500 {
            guard case .write(let operation) = requests.next() else { continue }
            let entry = entry(state.lastApplied + 1, operation, at: UInt64.random(in: 0...100, using: &random))
            try model.apply(entry)
            let outcome = state.apply(entry)
            kinds.insert(String("\(String(describing: outcome))".split(separator: ":")[0]))
            if let outcome { requests.note(.outcome(outcome), to: .write(operation)) }
        }
        #expect(kinds.count >= 8, "\(kinds)")
        for name in requests.sessions {
            let query = SessionQuery.entries(session: name, startAfter: nil, limit: .max, maxBytes: .max)
            #expect(state.answer(query) == .entries(model.resources.entries(of: name), next: nil))
        }
        for name in requests.heaps {
            #expect(state.answer(HeapQuery.tags(heap: name)) == .tags(model.resources.tags(of: name)))
        }
        let view = state.view()
        #expect(view.sessionLogCount == model.resources.sessionCount && view.sessionLogCount > 5)
        #expect(view.taggedHeapCount == model.resources.heapCount && view.taggedHeapCount > 2)
    }

    @Test func aFifthOfAllRequestsIsAboutThem() {
        var requests = RandomRequests(keys: 10, seed: 1)
        var (resources, named) = (0, 0)
        for _ in 0..<5000 {
            let (body, name) = requests.next()
            switch body {
            case .write(.session, _), .write(.heap, _):
                resources += 1
                if name != nil { named += 1 }
            case .read(.session, _), .read(.heap, _): resources += 1
            default: break
            }
        }
        #expect((800...1200).contains(resources) && named > 150, "\(resources), of them \(named) named")
    }

    /// Asks one thing after the other.
    private func history(_ steps: [(ClientRequest.Body, Answer)]) throws -> ClientHistory {
        var history = ClientHistory()
        for (number, (body, answer)) in steps.enumerated() {
            let time = Instant(nanoseconds: UInt64(number) * 10_000)
            let place = history.began(body, client: 0, node: "n1", name: nil, isRepeat: false, at: time)
            try history.ended(place, with: answer, at: time.advanced(byMicroseconds: 5))
        }
        return history
    }

    @Test func anAppendThatIsLost() throws {
        var state = StateMachine()
        let first = Answer.outcome(state.apply(entry(1, append("a"))) ?? .noted)
        let before = state.answer(.latest(session: session))
        let second = Answer.outcome(state.apply(entry(2, append("b"))) ?? .noted)
        let read = ClientRequest.Body.read(.session(.latest(session: session)), .linearizable)
        let appends = [
            (ClientRequest.Body.write(append("a")), first), (.write(append("b")), second),
        ]
        try history(appends + [(read, .session(state.answer(.latest(session: session))))]).check()
        #expect(throws: Violation.self) { try history(appends + [(read, .session(before))]).check() }
    }

    @Test func aTagThatIsLost() throws {
        func merge(_ key: String) -> Operation {
            .heap(HeapCommand(heap, .merge([TagChange(key: Array(key.utf8), value: [])])))
        }
        var state = StateMachine()
        let first = Answer.outcome(state.apply(entry(1, merge("a"))) ?? .noted)
        let second = Answer.outcome(state.apply(entry(2, merge("b"))) ?? .noted)
        let tags = [HeapTag(key: Array("b".utf8), value: [])]
        try history([(.write(merge("a")), first), (.write(merge("b")), second)]).check()
        #expect(throws: Violation.self) {
            try history([
                (.write(merge("a")), first), (.write(merge("b")), .outcome(.heap(.tags(tags, revision: 2)))),
            ]).check()
        }
    }

    @Test func anAnswerToAnotherQuestion() {
        #expect(throws: Violation.self) {
            try history([
                (.read(.heap(.tags(heap: heap)), .stale), .outcome(.heap(.cleared(revision: 1, deleted: true))))
            ])
        }
        #expect(throws: Violation.self) {
            try history([(.write(append("a")), .outcome(.session(.forked(revision: 1))))])
        }
    }
}
