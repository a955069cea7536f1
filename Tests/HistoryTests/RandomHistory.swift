@testable import History

/// Makes true histories: clients that overlap at random ask one store; some answers are lost, some requests come late or never, some are
/// refused, and some are asked again under their key.
struct RandomHistory {
    struct Settings {
        var operations = 300
        var clients = 5
        var keys = 4
        /// Of 100 writes, how many the client is never told of.
        var lost = 8
        var watches = 3
        /// Whether one more watch saw everything.
        var isWatchedWholly = false
        var kinds = Kinds.all

        enum Kinds { case all, singleKeys }
    }

    /// A request that is carried out at a point in time, or never.
    private struct Plan {
        var operation: HistoryOperation
        let point: UInt64?
    }

    private let settings: Settings
    private var random: Random
    private var history = History()
    private var store = RandomStore()
    private var keys: [Symbol] = []
    private var outcomes: [Symbol: HistoryResult] = [:]
    private var label = 0

    init(seed: UInt64, _ settings: Settings = Settings()) {
        self.settings = settings
        random = Random(state: seed)
        keys = (0..<settings.keys).map { history.symbols.intern("k\($0)") }
    }

    static func make(seed: UInt64, _ settings: Settings = Settings()) -> History {
        var maker = RandomHistory(seed: seed, settings)
        return maker.make()
    }

    private mutating func make() -> History {
        var plans = makePlans()
        let order = plans.indices.filter { plans[$0].point != nil }.sorted { plans[$0].point! < plans[$1].point! }
        for place in order {
            let result = carryOut(&plans[place])
            if plans[place].operation.end != nil { plans[place].operation.result = result }
        }
        for plan in plans.sorted(by: { $0.operation.start < $1.operation.start }) { history.append(plan.operation) }
        let end = (plans.compactMap(\.point).max() ?? 0) + 1
        for _ in 0..<settings.watches { addWatch(end: end) }
        if settings.isWatchedWholly { addWatch(prefix: "k", from: 1, until: store.revision, end: end) }
        return history
    }

    // MARK: Plans

    private mutating func makePlans() -> [Plan] {
        var plans: [Plan] = []
        for client in 0..<settings.clients {
            var time = UInt64(random.below(100))
            for _ in 0..<settings.operations / settings.clients {
                let isRetry = random.below(3) == 0 ? plans.last { $0.operation.client == client } : nil
                plans.append(plan(client, &time, again: isRetry?.operation))
            }
        }
        return plans
    }

    private mutating func plan(_ client: Int, _ time: inout UInt64, again: HistoryOperation?) -> Plan {
        let start = time
        let point = start + UInt64(random.below(60))
        let end = point + UInt64(random.below(60))
        time = end + UInt64(random.below(80))
        // The request is known only when it is carried out, if it compares.
        var operation = HistoryOperation(
            client: UInt64(client), node: keys[0], start: start, end: end, .get(key: keys[0], isStale: false), .refused)
        operation.request = randomRequest()
        if let again, again.idempotencyKey != nil {
            operation.request = again.request
            operation.idempotencyKey = again.idempotencyKey
        } else if operation.request.isWrite, random.below(4) == 0 {
            label += 1
            operation.idempotencyKey = history.symbols.intern("request \(label)")
        }
        if random.below(100) < 3 { return Plan(operation: operation, point: nil) }
        guard operation.request.isWrite, random.below(100) < settings.lost else {
            return Plan(operation: operation, point: point)
        }
        operation.end = nil
        operation.result = .unknown
        let late = [nil, point, point + UInt64(random.below(5000))][random.below(3)]
        return Plan(operation: operation, point: late)
    }

    private mutating func randomRequest() -> HistoryRequest {
        let kind = random.below(settings.kinds == .all ? 100 : 80)
        switch kind {
        case ..<30: return .put(key: key(), value: value(), condition())
        case ..<45: return .delete(key: key(), condition())
        case ..<73: return .get(key: key(), isStale: false)
        case ..<80: return .get(key: key(), isStale: true)
        case ..<90:
            return .list(
                HistoryList(
                    prefix: history.symbols.intern(["", "k", "k1"][random.below(3)]),
                    startAfter: random.below(3) == 0 ? key() : nil, limit: 1 + random.below(5),
                    isStale: random.below(4) == 0))
        default: return .transaction(transaction())
        }
    }

    private mutating func transaction() -> HistoryTransaction {
        var compare: [HistoryTransaction.Comparison] = []
        for key in someKeys(upTo: 2) {
            let demands: [HistoryTransaction.Comparison.Demand] = [
                .exists(random.below(2) == 0), .revision(revision()), .value(value()),
            ]
            compare.append(HistoryTransaction.Comparison(key: key, demands[random.below(3)]))
        }
        let branches = (0..<2).map { _ in
            someKeys(upTo: 3).map { key -> HistoryTransaction.Step in
                [.put(key: key, value: value()), .delete(key: key), .get(key: key)][random.below(3)]
            }
        }
        return HistoryTransaction(compare: compare, then: branches[0], otherwise: branches[1])
    }

    private mutating func key() -> Symbol { keys[random.below(keys.count)] }

    private mutating func someKeys(upTo count: Int) -> [Symbol] {
        Array(keys.shuffled(using: &random).prefix(random.below(count + 1)))
    }

    /// Almost always a new one.
    private mutating func value() -> Symbol {
        label += 1
        return history.symbols.intern(random.below(20) == 0 ? "same" : "value \(label)")
    }

    private mutating func revision() -> UInt64 { UInt64(random.below(settings.operations / 3)) }

    private mutating func condition() -> HistoryCondition {
        [.none, .none, .absent, .exists, .revision(revision())][random.below(5)]
    }

    // MARK: The store

    private mutating func carryOut(_ plan: inout Plan) -> HistoryResult {
        let request = plan.operation.request
        switch request {
        case .put, .delete, .transaction:
            // A client that compares has most often just read.
            if case .put(let key, let value, .revision) = request, plan.operation.idempotencyKey == nil,
                let found = store.values[key], random.below(2) == 0
            {
                plan.operation.request = .put(key: key, value: value, .revision(found.revision))
            }
            guard let name = plan.operation.idempotencyKey else { return store.write(plan.operation.request) }
            if let known = outcomes[name] { return known }
            let outcome = store.write(request)
            outcomes[name] = outcome
            return outcome
        case .get(let key, let isStale): return .value(store.past[Int(readRevision(isStale))][key])
        case .list(let list): return .page(store.list(list, at: readRevision(list.isStale), history.symbols))
        case .watch: preconditionFailure("watches come last")
        case .session, .heap: preconditionFailure("no request of keys")
        }
    }

    private mutating func readRevision(_ isStale: Bool) -> UInt64 {
        isStale ? UInt64(random.below(Int(store.revision) + 1)) : store.revision
    }

    private mutating func addWatch(end: UInt64) {
        let prefix = ["", "k", "k1"][random.below(3)]
        let from = UInt64(random.below(Int(store.revision) + 1))
        addWatch(prefix: prefix, from: from, until: UInt64(random.below(Int(store.revision) + 1)), end: end)
    }

    private mutating func addWatch(prefix text: String, from: UInt64, until: UInt64, end: UInt64) {
        let prefix = history.symbols.intern(text)
        let seen = store.events.filter { event in
            history.symbols[event.key].starts(with: history.symbols[prefix]) && event.revision >= from
                && event.revision <= until
        }
        history.append(
            HistoryOperation(
                client: 99, node: keys[0], start: 0, end: end, .watch(prefix: prefix, from: from),
                .events(seen, until: until)))
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
