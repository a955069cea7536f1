import Raft
import Replica
import StateMachine

/// What clients ask of session logs and heaps, by chance. Each entry is appended by one request alone. A few logs and heaps are in use at
/// a time and left for new ones, so that the history of each stays short.
struct ResourceRequests {
    enum Request {
        case write(Operation)
        case read(Query)
    }

    private static let maximumPageBytes = 4 << 20
    private static let tagKeys = 4

    /// All that were ever named, in the order in which they were.
    private(set) var sessions: [[UInt8]] = []
    private(set) var heaps: [[UInt8]] = []
    /// Those in use.
    private var hotSessions: [[UInt8]] = []
    private var hotHeaps: [[UInt8]] = []
    /// The heap of the newest entry that somebody saw in a log. Looked up.
    private var heads: [[UInt8]: [UInt8]] = [:]
    private var nextLabel: UInt64 = 1
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        for _ in 0..<3 {
            hotSessions.append(newSession())
            hotHeaps.append(newHeap())
        }
    }

    mutating func next() -> Request {
        if random.chance(2) { hotSessions[place(hotSessions)] = newSession() }
        if random.chance(1) { hotHeaps[place(hotHeaps)] = newHeap() }
        return random.chance(60) ? nextOfSessions() : nextOfHeaps()
    }

    /// Takes notice of what a client was told, so that expected heads hold often enough.
    mutating func note(_ answer: Answer, to body: ClientRequest.Body) {
        switch (body, answer) {
        case (.write(.session(let command), _), .outcome(.session(.appended))):
            if case .append(let entry, _) = command.action { heads[command.session] = entry.outputHeap }
        case (.write(.session(let command), _), .outcome(.session(.headMismatch(let head)))):
            heads[command.session] = head
        case (.read(.session(.latest(let session)), _), .session(.latest(let found))):
            heads[session] = found?.entry.outputHeap
        default: break
        }
    }

    // MARK: Session logs

    private mutating func nextOfSessions() -> Request {
        let session = hotSessions[place(hotSessions)]
        switch Int.random(in: 0..<100, using: &random) {
        case ..<48: return change(session, .append(newEntry(session), expecting: expectedHead(session)))
        case ..<56: return change(session, .fork(to: forkTarget()))
        case ..<59: return change(session, .trim(before: UInt64.random(in: 0...12, using: &random)))
        case ..<61: return change(session, .delete)
        case ..<81:
            let startAfter: UInt64? = random.chance(50) ? UInt64.random(in: 0...12, using: &random) : nil
            let limit = random.chance(50) ? 1000 : Int.random(in: 1...6, using: &random)
            return .read(
                .session(
                    .entries(
                        session: session, startAfter: startAfter, limit: limit,
                        maxBytes: ResourceRequests.maximumPageBytes)))
        default: return .read(.session(.latest(session: session)))
        }
    }

    private func change(_ session: [UInt8], _ action: SessionCommand.Action) -> Request {
        .write(.session(SessionCommand(session, action)))
    }

    private mutating func newEntry(_ session: [UInt8]) -> SessionEntry {
        let label = takeLabel()
        // Most are small; some take several sectors of the disk.
        let isLarge = random.chance(10)
        let count = Int.random(in: isLarge ? 500...3000 : 8...200, using: &random)
        return SessionEntry(
            inputHeap: heads[session], outputHeap: Array("heap-\(label)".utf8),
            outputFS: random.chance(30) ? Array("fs-\(label)".utf8) : nil,
            code: Array("\(label)".utf8) + [UInt8](repeating: UInt8(ascii: "."), count: count))
    }

    private mutating func expectedHead(_ session: [UInt8]) -> ExpectedHead {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<55: .anything
        case ..<60: .empty
        default: heads[session].map { .heap($0) } ?? .empty
        }
    }

    /// Most often a new name, which is in use from then on.
    private mutating func forkTarget() -> [UInt8] {
        guard random.chance(70) else { return hotSessions[place(hotSessions)] }
        let target = newSession()
        hotSessions[place(hotSessions)] = target
        return target
    }

    private mutating func newSession() -> [UInt8] {
        sessions.append(Array("log-\(sessions.count)".utf8))
        return sessions[sessions.count - 1]
    }

    // MARK: Heaps

    private mutating func nextOfHeaps() -> Request {
        let heap = hotHeaps[place(hotHeaps)]
        switch Int.random(in: 0..<100, using: &random) {
        case ..<45:
            let changes = someTags(1...3).map { TagChange(key: $0.key, value: random.chance(30) ? nil : $0.value) }
            return .write(.heap(HeapCommand(heap, .merge(changes))))
        case ..<52: return .write(.heap(HeapCommand(heap, .replace(someTags(0...3)))))
        case ..<56: return .write(.heap(HeapCommand(heap, .clear)))
        default: return .read(.heap(.tags(heap: heap)))
        }
    }

    private mutating func someTags(_ counts: ClosedRange<Int>) -> [HeapTag] {
        let keys = (0..<ResourceRequests.tagKeys).shuffled(using: &random)
        let count = Int.random(in: counts, using: &random)
        return keys.prefix(count).sorted().map {
            HeapTag(key: Array("tag-\($0)".utf8), value: Array("\(takeLabel())".utf8))
        }
    }

    private mutating func newHeap() -> [UInt8] {
        heaps.append(Array("tagged-\(heaps.count)".utf8))
        return heaps[heaps.count - 1]
    }

    // MARK: Chance

    private mutating func place(_ names: [[UInt8]]) -> Int { Int.random(in: names.indices, using: &random) }

    private mutating func takeLabel() -> UInt64 {
        defer { nextLabel += 1 }
        return nextLabel
    }
}
