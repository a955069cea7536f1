import Bytes
import Raft

@testable import StateMachine

/// Entries of every sort in a seeded order: what a cluster might commit, and some that none should.
struct RandomLoad {
    private static let nodes = (1...4).map { InstanceID(high: 7, low: $0) }
    private var random: SeededRandom
    private var time: UInt64 = 1_000_000
    private var sequences: [InstanceID: UInt64] = [:]
    /// The index of the last entry that asked for a comparison.
    private var compared: UInt64 = 0
    private let keyCount: UInt64
    private let valueSize: UInt64

    init(seed: UInt64, keyCount: UInt64 = 50, valueSize: UInt64 = 40) {
        random = SeededRandom(seed: seed)
        self.keyCount = keyCount
        self.valueSize = valueSize
    }

    mutating func below(_ bound: UInt64) -> UInt64 { random.next() % bound }

    /// The entry after `index`.
    mutating func entry(after index: UInt64) -> LogEntry {
        let (kind, payload) = index == 0 ? (.configuration, configuration()) : payload()
        if kind == .command, case .compareHashes = operation(of: payload) { compared = index + 1 }
        return LogEntry(term: 1 + index / 100, index: index + 1, kind: kind, payload: payload)
    }

    private func operation(of payload: [UInt8]) -> Operation? {
        guard payload.count > 8 else { return nil }
        // discarded: some payloads are no commands
        return (try? Command.decode(payload: payload))?.operation
    }

    private mutating func payload() -> (LogEntry.Kind, [UInt8]) {
        switch below(100) {
        case 0: return (.noop, [])
        case 1: return (.configuration, configuration())
        case 2: return (.command, (0..<below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        default: break
        }
        // Now and then a leader's clock is far ahead, or behind.
        time = below(40) == 0 ? below(1 << 40) : time + below(2000)
        return (.command, Command.payload(timestamp: time, commandBytes: command().encode()))
    }

    /// Some of the nodes, so that announcements come and go.
    private mutating func configuration() -> [UInt8] {
        var members: [Member] = []
        for (number, node) in RandomLoad.nodes.enumerated() where members.isEmpty || below(4) > 0 {
            members.append(
                Member(
                    number: UInt32(number + 1), nodeID: "n\(number)", address: "host\(number):1", instance: node,
                    isLearner: !members.isEmpty && below(4) == 0))
        }
        return ConfigurationCodec.encode(Configuration(clusterID: ClusterID(high: 1, low: 1), members: members))
    }

    private mutating func command() -> Command {
        let key =
            below(3) == 0
            ? IdempotencyKey(scope: Array("PUT retry\(below(200))".utf8), fingerprint: below(20) == 0 ? 1 : 0) : nil
        guard below(2) == 0 else { return Command(operation(), idempotencyKey: key) }
        let node = RandomLoad.nodes[Int(below(4))]
        let next = sequences[node, default: 0]
        // Copies come too, and some of those nobody waits for.
        let sequence = below(5) == 0 ? next - min(next, below(10)) : next + 1
        sequences[node] = max(next, sequence)
        let request = RequestID(instance: node, boot: 1 + next / 50, sequence: sequence)
        return Command(
            operation(), requestID: request, completedBelow: sequence - min(sequence, below(8)), idempotencyKey: key)
    }

    private mutating func operation() -> Operation {
        switch below(18) {
        case 16...17: return .mcpSession(mcpSessionCommand())
        case 10...12: return .session(sessionCommand())
        case 13...15: return .heap(heapCommand())
        case 0...4: return .put(key: key(), value: value(), condition: condition())
        case 5...6: return .delete(key: key(), condition: condition())
        case 7...8: return .transaction(transaction())
        case 9 where below(3) == 0:
            guard compared > 0, below(3) > 0 else { return .compareHashes }
            return .reportHash(
                HashReport(
                    instance: RandomLoad.nodes[Int(below(4))], index: compared,
                    hash: StateHash(high: 1, low: below(8) / 7)))
        default:
            let number = Int(below(4))
            return .announce(
                Announcement(
                    instance: RandomLoad.nodes[number], nodeID: "n\(number)",
                    clientAddress: below(2) == 0 ? nil : "host\(number):2", version: "1.\(below(3))",
                    maxStateSize: below(1000), maxValueSize: below(1000)))
        }
    }

    mutating func sessionCommand() -> SessionCommand {
        let name = name()
        switch below(20) {
        case 0: return SessionCommand(name, .delete)
        case 1: return SessionCommand(name, .fork(to: self.name()))
        case 2: return SessionCommand(name, .trim(before: below(60)))
        default:
            let expected: [ExpectedHead] = [.anything, .anything, .empty, .heap(self.name())]
            return SessionCommand(
                name,
                .append(
                    SessionEntry(
                        inputHeap: below(2) == 0 ? nil : self.name(), outputHeap: self.name(),
                        outputFS: below(2) == 0 ? nil : self.name(), code: text()),
                    expecting: expected[Int(below(4))]))
        }
    }

    mutating func mcpSessionCommand() -> MCPSessionCommand {
        let uri = Array("heap:///".utf8) + name()
        return switch below(10) {
        case 0...2: .open(mcpSession(), revision: Array("2025-11-25".utf8), sessionLog: name())
        case 3: .close(mcpSession())
        case 4...5: .touch((0..<below(4)).map { _ in mcpSession() })
        case 6: .unsubscribe(mcpSession(), uri: uri)
        default: .subscribe(mcpSession(), uri: uri)
        }
    }

    private mutating func mcpSession() -> MCPSessionID { MCPSessionID(high: below(6), low: below(4)) }

    mutating func heapCommand() -> HeapCommand {
        let heap = name()
        let keys = ["", "a", "b", "é"].filter { _ in below(2) == 0 }.map { Array("tag\($0)".utf8) }
        switch below(10) {
        case 0: return HeapCommand(heap, .clear)
        case 1...3: return HeapCommand(heap, .replace(keys.map { HeapTag(key: $0, value: name()) }))
        default:
            return HeapCommand(heap, .merge(keys.map { TagChange(key: $0, value: below(3) == 0 ? nil : name()) }))
        }
    }

    /// Few, and some begin like others.
    private mutating func name() -> [UInt8] { Array(["a", "a:b", "a\u{0}", "ä", "b/c"][Int(below(5))].utf8) }

    private mutating func text() -> [UInt8] { [UInt8](repeating: 0x61, count: Int(below(valueSize))) }

    mutating func transaction() -> Transaction {
        let comparisons = (0..<below(3)).map { _ in
            let demands: [Comparison.Demand] = [.exists(below(2) == 0), .revision(below(100)), .value(value())]
            return Comparison(key: key(), demands[Int(below(10)) % 3])
        }
        return Transaction(compare: comparisons, then: branch(), otherwise: branch())
    }

    private mutating func branch() -> [TransactionOperation] {
        var keys: Set<[UInt8]> = []
        var operations: [TransactionOperation] = []
        for _ in 0..<below(5) {
            let key = key()
            // Seldom one names a key twice: that is no command then.
            guard keys.insert(key).inserted || below(50) == 0 else { continue }
            switch below(3) {
            case 0: operations.append(.put(key: key, value: value()))
            case 1: operations.append(.delete(key: key))
            default: operations.append(.get(key: key))
            }
        }
        return operations
    }

    private mutating func condition() -> Condition {
        [.none, .none, .none, .absent, .exists, .matchesAny(revisions: [below(100)])][Int(below(6))]
    }

    mutating func key() -> [UInt8] { Array("key\(below(keyCount))".utf8) }

    mutating func value() -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: random.next()), count: Int(below(valueSize)))
    }
}

extension StateMachine {
    /// All bytes of its snapshot.
    var snapshot: [UInt8] { snapshotFrames.flatMap { $0 } }

    var snapshotFrames: [[UInt8]] {
        var encoder = SnapshotEncoder(view())
        var frames: [[UInt8]] = []
        while let frame = encoder.next() { frames.append(frame) }
        return frames
    }

    /// A state whose history and table of keys are small.
    init(
        history: EventHistory.Limits = .standard, keyed: KeyedRetries.Limits = .standard,
        resources: EventHistory.Limits = ResourceHistory.standardLimits, mcpSessions: MCPSessions.Limits = .standard
    ) {
        self.init(View(history: history, keyedRetries: keyed, resources: resources, mcpSessions: mcpSessions))
    }

    /// What a node has that loads the snapshot of this one.
    func restored() throws -> StateMachine {
        var decoder = SnapshotDecoder(
            View(
                history: current.history.limits, keyedRetries: current.keyedRetries.limits,
                resources: current.resourceHistory.events.limits, mcpSessions: current.mcpSessions.limits))
        try decoder.add(snapshot[...])
        return try decoder.finish().0
    }
}
