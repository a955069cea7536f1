import Raft
import Replica
import StateMachine

/// What clients ask for, by chance. Each value is written by one request alone.
struct RandomRequests {
    static let prefix = Array("key-".utf8)
    private static let maximumPageBytes = 4 << 20

    private let keys: [[UInt8]]
    private var random: SeededRandom
    /// What somebody saw last under each key.
    private var seen: [Versioned?]
    private var nextLabel: UInt64 = 1
    private(set) var resources: ResourceRequests
    /// Of 100 requests, how many are about session logs and heaps.
    private let resourceShare: Int

    init(keys: Int, resourceShare: Int = 20, seed: UInt64) {
        self.keys = (0..<keys).map { RandomRequests.prefix + Array("\($0)".utf8) }
        seen = Array(repeating: nil, count: keys)
        random = SeededRandom(seed: seed)
        self.resourceShare = resourceShare
        resources = ResourceRequests(seed: random.next())
    }

    /// - Returns: a request, and the idempotency key if it is a write that has one.
    mutating func next() -> (ClientRequest.Body, name: String?) {
        guard !random.chance(resourceShare) else { return nextOfResources() }
        return nextOfKeys()
    }

    private mutating func nextOfResources() -> (ClientRequest.Body, name: String?) {
        switch resources.next() {
        case .write(let operation): write(operation)
        case .read(let query): (.read(query, random.chance(25) ? .stale : .linearizable), nil)
        }
    }

    private mutating func nextOfKeys() -> (ClientRequest.Body, name: String?) {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<38: write(randomPut())
        case ..<48: write(.delete(key: keys[randomPlace()], condition: randomCondition()))
        case ..<60: write(.transaction(randomTransaction()))
        case ..<68: (.read(randomList(), .linearizable), nil)
        case ..<70: (.read(randomList(), .stale), nil)
        case ..<90: (.read(.get(key: keys[randomPlace()]), .linearizable), nil)
        default: (.read(.get(key: keys[randomPlace()]), .stale), nil)
        }
    }

    /// Takes notice of what a client was told, so that comparisons hold often enough.
    mutating func note(_ answer: Answer, to body: ClientRequest.Body) {
        switch (body, answer) {
        case (.read(.get(let key), _), .value(let found)): remember(found, of: key)
        case (.write(.put(let key, let value, _), _), .outcome(.put(let revision, _))):
            remember(Versioned(value: value, revision: revision), of: key)
        case (.read(.list, _), .page(let page)):
            for entry in page.entries {
                remember(Versioned(value: entry.value, revision: entry.revision), of: entry.key)
            }
        default: resources.note(answer, to: body)
        }
    }

    private mutating func remember(_ found: Versioned?, of key: [UInt8]) {
        if let place = keys.firstIndex(of: key) { seen[place] = found }
    }

    // MARK: Writes

    private mutating func write(_ operation: Operation) -> (ClientRequest.Body, name: String?) {
        guard random.chance(35) else { return (.write(operation), nil) }
        let label = takeLabel()
        let name = "request-\(label)"
        return (.write(operation, key: IdempotencyKey(scope: Array(name.utf8), fingerprint: label)), name)
    }

    private mutating func randomPut() -> Operation {
        let place = randomPlace()
        return .put(key: keys[place], value: newValue(), condition: randomCondition(of: place))
    }

    private mutating func randomCondition(of place: Int? = nil) -> Condition {
        let revision = seen[place ?? randomPlace()]?.revision ?? 1
        switch Int.random(in: 0..<100, using: &random) {
        case ..<55: return .none
        case ..<70: return .absent
        case ..<95: return .matchesAny(revisions: [revision])
        default: return .exists
        }
    }

    private mutating func randomTransaction() -> Transaction {
        Transaction(
            compare: somePlaces(0...3).map { randomComparison($0) }, then: somePlaces(1...4).map { randomStep($0) },
            otherwise: somePlaces(0...3).map { randomStep($0) })
    }

    private mutating func randomComparison(_ place: Int) -> Comparison {
        let known = seen[place]
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return Comparison(key: keys[place], .revision(known?.revision ?? 1))
        case 1: return Comparison(key: keys[place], .value(known?.value ?? []))
        default: return Comparison(key: keys[place], .exists(random.chance(15) != (known != nil)))
        }
    }

    private mutating func randomStep(_ place: Int) -> TransactionOperation {
        switch Int.random(in: 0..<10, using: &random) {
        case ..<5: .put(key: keys[place], value: newValue())
        case ..<7: .delete(key: keys[place])
        default: .get(key: keys[place])
        }
    }

    private mutating func newValue() -> [UInt8] {
        // Most are small; some take several sectors of the disk.
        let isLarge = random.chance(10)
        let count = Int.random(in: isLarge ? 500...3000 : 8...200, using: &random)
        let digits = Array("\(takeLabel())".utf8)
        return digits + [UInt8](repeating: UInt8(ascii: "."), count: max(1, count - digits.count))
    }

    private mutating func takeLabel() -> UInt64 {
        defer { nextLabel += 1 }
        return nextLabel
    }

    // MARK: Lists

    private mutating func randomList() -> Query {
        let prefix = random.chance(70) ? RandomRequests.prefix : keys[randomPlace()]
        return .list(
            prefix: prefix, startAfter: random.chance(30) ? keys[randomPlace()] : nil,
            limit: random.chance(50) ? 1000 : Int.random(in: 1...6, using: &random),
            maxBytes: RandomRequests.maximumPageBytes)
    }

    // MARK: Chance

    private mutating func randomPlace() -> Int { Int.random(in: keys.indices, using: &random) }

    /// Different keys.
    private mutating func somePlaces(_ counts: ClosedRange<Int>) -> [Int] {
        Array(keys.indices.shuffled(using: &random).prefix(Int.random(in: counts, using: &random)))
    }
}
