import Testing

@testable import History

/// True histories of session logs and heaps are accepted, whatever of them nobody was told; one entry or tag less is not.
@Suite struct RandomResourceTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func trueHistoriesAreAccepted(seed: UInt64) {
        let history = RandomResources.make(seed: seed, operations: 400, lost: Int(seed % 5) * 5)
        #expect(history.verdict().description.hasPrefix("clean: "), "seed \(seed): \(history.verdict())")
    }

    @Test func longHistoriesAreJudged() {
        let history = RandomResources.make(seed: 1, operations: 6000, lost: 5)
        #expect(history.verdict().description.hasPrefix("clean: "), "\(history.verdict())")
    }

    /// A read of a log at the end lacks one of its entries.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aLostEntryIsNoticed(seed: UInt64) {
        let history = RandomResources.make(seed: seed, operations: 400, lost: Int(seed % 5) * 5) { request, result in
            guard case .session = request, case .session(.entries(var entries, let hasMore)) = result else {
                return nil
            }
            guard !entries.isEmpty else { return nil }
            entries.removeLast()
            return .session(.entries(entries, hasMore: hasMore))
        }
        #expect(history.verdict().description.contains("session logs"), "seed \(seed): \(history.verdict())")
    }

    /// A read of a heap at the end lacks a tag that is there, or has one that is not.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func aLostTagIsNoticed(seed: UInt64) {
        let history = RandomResources.make(seed: seed, operations: 400, lost: 0) { request, result in
            guard case .heap(let request) = request, case .heap(.tags(var tags)) = result else { return nil }
            let key = tags.keys.min { $0.number < $1.number }
            tags[key ?? request.heap] = key == nil ? request.heap : nil
            return .heap(.tags(tags))
        }
        #expect(history.verdict().description.contains("its tags"), "seed \(seed): \(history.verdict())")
    }
}

/// Makes true histories: clients that overlap at random; some answers are lost, and what was asked comes late or never.
private struct RandomResources {
    typealias Damage = (HistoryRequest, HistoryResult) -> HistoryResult?

    private struct Plan {
        var operation: HistoryOperation
        let point: UInt64?
    }

    private var random: Random
    private var history = History()
    private var logs: [Symbol: [HistoryLogged]] = [:]
    private var next: [Symbol: UInt64] = [:]
    private var tags: [Symbol: HistoryTags] = [:]
    private var revision: UInt64 = 0
    private var label = 0

    /// - Parameter damage: of the reads at the end the first that it makes something of is recorded so.
    static func make(seed: UInt64, operations: Int, lost: Int, damage: Damage? = nil) -> History {
        var maker = RandomResources(random: Random(state: seed))
        return maker.make(operations, lost, damage)
    }

    private init(random: Random) { self.random = random }

    private mutating func make(_ operations: Int, _ lost: Int, _ damage: Damage?) -> History {
        var plans: [Plan] = []
        for client in 0..<5 {
            var time = UInt64(random.below(100))
            for number in 0..<operations / 5 { plans.append(plan(client, number, &time, lost)) }
        }
        let order = plans.indices.filter { plans[$0].point != nil }.sorted { plans[$0].point! < plans[$1].point! }
        for place in order {
            let result = carryOut(plans[place].operation.request)
            if plans[place].operation.end != nil { plans[place].operation.result = result }
        }
        var isDamaged = damage == nil
        let end = (plans.compactMap(\.point).max() ?? 0) + 1000
        for request in lastReads() {
            var operation = HistoryOperation(client: 9, node: request.node, start: end, end: end + 1, request.request)
            operation.result = carryOut(request.request)
            if !isDamaged, let damaged = damage?(operation.request, operation.result) {
                operation.result = damaged
                isDamaged = true
            }
            plans.append(Plan(operation: operation, point: end))
        }
        for plan in plans.sorted(by: { $0.operation.start < $1.operation.start }) { history.append(plan.operation) }
        return history
    }

    private mutating func lastReads() -> [(node: Symbol, request: HistoryRequest)] {
        let names = (logs.keys.map { $0 }).sorted { $0.number < $1.number }
        let heaps = (tags.keys.map { $0 }).sorted { $0.number < $1.number }
        let node = name("n1")
        return names.map {
            (node, .session(HistorySessionRequest($0, .entries(startAfter: nil, limit: 10_000, isStale: false))))
        } + heaps.map { (node, .heap(HistoryHeapRequest($0, .tags(isStale: false)))) }
    }

    private mutating func plan(_ client: Int, _ number: Int, _ time: inout UInt64, _ lost: Int) -> Plan {
        let start = time
        let point = start + UInt64(random.below(60))
        let end = point + UInt64(random.below(60))
        time = end + UInt64(random.below(80))
        let request = request(number / 40)
        var operation = HistoryOperation(
            client: UInt64(client), node: name("n1"), start: start, end: end, request, .refused)
        guard request.isWrite, random.below(100) < lost else { return Plan(operation: operation, point: point) }
        operation.end = nil
        operation.result = .unknown
        return Plan(operation: operation, point: [nil, point, point + UInt64(random.below(3000))][random.below(3)])
    }

    private mutating func name(_ text: String) -> Symbol { history.symbols.intern(text) }

    private mutating func fresh(_ kind: String) -> Symbol {
        label += 1
        return name("\(kind) \(label)")
    }

    // MARK: Requests

    private mutating func request(_ age: Int) -> HistoryRequest {
        if random.below(3) == 0 {
            let heap = name("heap \(age)")
            let key = name("key \(random.below(3))")
            let actions: [HistoryHeapRequest.Action] = [
                .merge([key: random.below(3) == 0 ? nil : fresh("value")]), .merge([key: fresh("value")]),
                .replace([key: fresh("value")]), .clear, .tags(isStale: false), .tags(isStale: random.below(2) == 0),
            ]
            return .heap(HistoryHeapRequest(heap, actions[random.below(actions.count)]))
        }
        let log = name("log \(age).\(random.below(2))")
        let entry = HistoryEntry(heap: fresh("heap"), code: name("code"))
        let head: HistoryHead =
            switch random.below(6) {
            case 0: .empty
            case 1, 2: logs[log]?.last.map { .heap($0.entry.heap) } ?? .anything
            default: .anything
            }
        switch random.below(20) {
        case ..<10: return .session(HistorySessionRequest(log, .append(entry, expecting: head)))
        case ..<11: return .session(HistorySessionRequest(log, .fork(to: name("log \(age).\(random.below(3))"))))
        case ..<12: return .session(HistorySessionRequest(log, .trim(before: UInt64(random.below(10)))))
        case ..<13: return .session(HistorySessionRequest(log, .delete))
        case ..<16: return .session(HistorySessionRequest(log, .latest(isStale: random.below(3) == 0)))
        default:
            return .session(
                HistorySessionRequest(
                    log,
                    .entries(
                        startAfter: random.below(2) == 0 ? nil : UInt64(random.below(9)), limit: 1 + random.below(9),
                        isStale: random.below(3) == 0)))
        }
    }

    // MARK: The store

    private mutating func carryOut(_ request: HistoryRequest) -> HistoryResult {
        if request.isWrite { revision += 1 }
        switch request {
        case .session(let request): return .session(carryOut(request))
        case .heap(let request): return .heap(carryOut(request))
        default: preconditionFailure("no request of keys")
        }
    }

    private mutating func carryOut(_ request: HistorySessionRequest) -> HistorySessionResult {
        let name = request.session
        let log = logs[name]
        switch request.action {
        case .append(let entry, let expected):
            let head = log?.last?.entry.heap
            guard expected.holds(for: head) else { return .headMismatch(head: head) }
            let index = next[name] ?? 0
            logs[name, default: []].append(HistoryLogged(index: index, entry))
            next[name] = index + 1
            return .appended(index: index, revision: revision)
        case .fork(let target):
            guard let log, !log.isEmpty else { return .sourceEmpty }
            guard logs[target] == nil else { return .targetExists }
            (logs[target], next[target]) = (log, next[name])
            return .forked(revision: random.below(2) == 0 ? nil : revision)
        case .trim(let index):
            let kept = (log ?? []).filter { $0.index >= index }
            if log != nil { logs[name] = kept }
            return .trimmed(revision: revision, removed: UInt64((log ?? []).count - kept.count))
        case .delete:
            (logs[name], next[name]) = (nil, nil)
            return .deleted(revision: revision, deleted: log != nil)
        case .entries(let startAfter, let limit, _):
            let rest = (log ?? []).filter { logged in startAfter.map { logged.index > $0 } ?? true }
            return .entries(Array(rest.prefix(limit)), hasMore: rest.count > limit)
        case .latest: return .latest(log?.last)
        }
    }

    private mutating func carryOut(_ request: HistoryHeapRequest) -> HistoryHeapResult {
        let before = tags[request.heap] ?? [:]
        switch request.action {
        case .replace(let new): tags[request.heap] = new
        case .merge(let changes): for (key, value) in changes { tags[request.heap, default: [:]][key] = value }
        case .clear:
            tags[request.heap] = [:]
            return .cleared(revision: revision, deleted: !before.isEmpty)
        case .tags: return .tags(before)
        }
        return .changed(tags[request.heap] ?? [:], revision: random.below(2) == 0 ? nil : revision)
    }
}
