import Raft
import Replica
import StateMachine
import Testing

@testable import Simulation

/// Session logs and heap tags on several nodes, of which some crash, are cut off, and get snapshots.
@Suite struct ResourceTests {
    /// Clients that append, merge and fork through any node, and remember what they were told.
    private final class Agents {
        private enum Asked {
            case append(session: String, code: String)
            case merge(key: String)
            case open(MCPSessionID)
            case subscribe(MCPSessionID, uri: [UInt8])
            case other
        }

        private let simulation: Simulation
        private var random: SeededRandom
        private var asked: [ClientRequest.ID: Asked] = [:]
        private var count = 0
        /// Codes by session and index.
        private(set) var appended: [String: [UInt64: String]] = [:]
        /// Codes that may be in a session, once.
        private(set) var unknown: Set<String> = []
        private(set) var merged: Set<String> = []
        private(set) var opened: Set<MCPSessionID> = []
        private(set) var closing: Set<MCPSessionID> = []
        private(set) var subscribed: [MCPSessionID: Set<[UInt8]>] = [:]
        private var begun: [MCPSessionID] = []

        init(_ simulation: Simulation, seed: UInt64) {
            self.simulation = simulation
            random = SeededRandom(seed: seed)
        }

        func below(_ bound: UInt64) -> UInt64 { random.next() % bound }

        func ask() {
            count += 1
            let node = Int(below(UInt64(simulation.nodes.count)))
            let session = "session-\(below(3))"
            let (operation, asked): (Operation, Asked)
            switch below(14) {
            case 10...13: (operation, asked) = mcpSession()
            case 0...5:
                let entry = SessionEntry(
                    inputHeap: nil, outputHeap: Array("h".utf8), outputFS: nil, code: Array("code-\(count)".utf8))
                operation = .session(SessionCommand(Array(session.utf8), .append(entry, expecting: .anything)))
                asked = .append(session: session, code: "code-\(count)")
            case 6...7:
                let change = TagChange(key: Array("key-\(count)".utf8), value: Array("v".utf8))
                operation = .heap(HeapCommand(Array("heap-\(count % 3)".utf8), .merge([change])))
                asked = .merge(key: "key-\(count)")
            case 8:
                operation = .session(SessionCommand(Array(session.utf8), .fork(to: Array("fork-\(count)".utf8))))
                asked = .other
            default:
                let fork = Array("fork-\(below(UInt64(count)))".utf8)
                operation = .session(SessionCommand(fork, below(2) == 0 ? .delete : .trim(before: below(20))))
                asked = .other
            }
            let key = IdempotencyKey(scope: Array("request-\(count)".utf8), fingerprint: 1)
            self.asked[simulation.submit(.write(operation, key: below(2) == 0 ? key : nil), to: node)] = asked
        }

        /// A session is begun, subscribed or ended: through any node, whoever began it.
        private func mcpSession() -> (Operation, Asked) {
            guard !begun.isEmpty, below(3) > 0 else {
                let id = MCPSessionID(high: 1, low: UInt64(count))
                begun.append(id)
                let revision = Array("2025-11-25".utf8)
                return (.mcpSession(.open(id, revision: revision, sessionLog: Array("log".utf8))), .open(id))
            }
            let id = begun[Int(below(UInt64(begun.count)))]
            guard below(8) > 0 else {
                closing.insert(id)
                return (.mcpSession(.close(id)), .other)
            }
            let uri = Array("heap:///heap-\(below(9))".utf8)
            return (.mcpSession(.subscribe(id, uri: uri)), .subscribe(id, uri: uri))
        }

        /// Takes the answers that have come. Whoever crashed answers nothing.
        func collect() throws {
            for (id, asked) in asked {
                let answer = simulation.answers[id]
                switch (asked, answer) {
                case (.append(let session, let code), .outcome(.session(.appended(let index, _)))):
                    let other = appended[session, default: [:]].updateValue(code, forKey: index)
                    try #require(other == nil, "\(session) has two entries \(index)")
                case (.merge(let key), .outcome(.heap(.tags(let tags, _)))):
                    #expect(tags.contains { $0.key == Array(key.utf8) })
                    merged.insert(key)
                case (.open(let id), .outcome(.mcpSession(let outcome))):
                    #expect(outcome == .done)
                    opened.insert(id)
                case (.subscribe(let id, let uri), .outcome(.mcpSession(.done))):
                    subscribed[id, default: []].insert(uri)
                case (.append(_, let code), nil), (.append(_, let code), .outcomeUnknown): unknown.insert(code)
                default: break
                }
            }
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func nothingThatWasAcknowledgedIsLostOrThereTwice(seed: UInt64) throws {
        var settings = SnapshotTests.eager
        settings.nodes = 5
        let simulation = try Simulation.formed(settings, seed: seed)
        let agents = Agents(simulation, seed: seed)
        for _ in 0..<120 {
            for _ in 0..<4 { agents.ask() }
            let node = Int(agents.below(5))
            switch agents.below(12) {
            case 0: if simulation.nodes.count(where: \.isRunning) > 3 { simulation.crash(node) }
            case 1: simulation.startAll()
            case 2: simulation.network.isolate(node)
            case 3: simulation.network.heal()
            default: break
            }
            simulation.run(forMilliseconds: 40)
        }
        try simulation.converge()
        try agents.collect()
        let acknowledged = agents.appended.values.reduce(0) { $0 + $1.count }
        #expect(acknowledged > 40 && agents.merged.count > 10, "seed \(seed): \(acknowledged), \(agents.merged.count)")
        #expect(simulation.snapshotsWritten > 5, "seed \(seed)")
        #expect(agents.opened.count > 10 && agents.closing.count > 1 && agents.subscribed.count > 2, "seed \(seed)")
        for node in simulation.nodes {
            let state = try #require(node.replica).stateMachine
            try check(state, agents, "seed \(seed), \(node.nodeID)")
        }
    }

    private func check(_ state: StateMachine, _ agents: Agents, _ comment: Comment) throws {
        for (session, known) in agents.appended {
            let query = SessionQuery.entries(
                session: Array(session.utf8), startAfter: nil, limit: .max, maxBytes: .max)
            guard case .entries(let entries, nil) = state.answer(query) else { throw CancellationError() }
            #expect(entries.map(\.index) == Array(0..<UInt64(entries.count)), comment)
            let codes = entries.map { String(decoding: $0.entry.code, as: UTF8.self) }
            #expect(Set(codes).count == codes.count, comment)
            for (index, code) in known { #expect(Int(index) < codes.count && codes[Int(index)] == code, comment) }
            for (index, code) in codes.enumerated() where known[UInt64(index)] == nil {
                #expect(agents.unknown.contains(code), comment)
            }
            #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.timestamp <= $1.timestamp }, comment)
        }
        for id in agents.opened.subtracting(agents.closing) {
            let session = try #require(state.mcpSession(id), comment)
            #expect(agents.subscribed[id, default: []].isSubset(of: session.subscriptions), comment)
        }
        var keys: Set<String> = []
        for heap in 0..<3 {
            guard case .tags(let tags) = state.answer(.tags(heap: Array("heap-\(heap)".utf8))) else { return }
            keys.formUnion(tags.map { String(decoding: $0.key, as: UTF8.self) })
        }
        #expect(agents.merged.isSubset(of: keys), comment)
    }
}
