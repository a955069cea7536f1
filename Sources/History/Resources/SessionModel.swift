/// A few session logs that forks join. What a log holds is a place in a tree of entries, so that states are small and forks cost nothing.
struct SessionModel: SequentialModel {
    struct Log: Hashable {
        /// The newest entry's place in the tree; 0 when there was none since the log began.
        var newest = 0
        /// The least index that is still there.
        var first: UInt64 = 0
        var exists = false
    }

    /// By the log's number.
    typealias State = [Log]

    enum Step: Hashable {
        /// - Parameter index: the one that was told, or the only one that can be; `nil` when it may be any.
        case append(log: Int, HistoryEntry, expecting: HistoryHead, index: UInt64?)
        case headMismatch(log: Int, expecting: HistoryHead, head: Symbol?)
        case fork(log: Int, to: Int)
        case targetExists(log: Int, to: Int)
        case sourceEmpty(log: Int)
        /// - Parameter removed: `nil` when nobody was told.
        case trim(log: Int, before: UInt64, removed: UInt64?)
        /// - Parameter deleted: `nil` when nobody was told.
        case delete(log: Int, deleted: Bool?)
        case entries(log: Int, startAfter: UInt64?, limit: Int, [HistoryLogged], hasMore: Bool)
        case latest(log: Int, HistoryLogged?)
    }

    /// An entry behind another one.
    private struct Node: Hashable {
        let previous: Int
        let entry: HistoryEntry
    }

    /// The entries, from place 1 on, and how many are before each.
    private var nodes: [(node: Node, index: UInt64)] = []
    /// Looked up.
    private var places: [Node: Int] = [:]
    /// The logs that forks of unknown outcome name: what happens to them matters to the others.
    private let forked: Set<Int>
    let initial: State

    init(logs: Int, forked: Set<Int>) {
        initial = Array(repeating: Log(), count: logs)
        self.forked = forked
    }

    func isRead(_ step: Step) -> Bool {
        switch step {
        case .append, .fork, .trim, .delete: false
        case .headMismatch, .targetExists, .sourceEmpty, .entries, .latest: true
        }
    }

    func mayHelp(_ step: Step, toward goal: Step, _ state: State) -> Bool {
        let changed =
            switch step {
            case .append(let log, _, _, _), .trim(let log, _, _), .delete(let log, _): log
            case .fork(let log, _): log
            case .headMismatch, .targetExists, .sourceEmpty, .entries, .latest:
                preconditionFailure("\(step) changes nothing")
            }
        if forked.contains(changed) { return true }
        guard goal.logs.contains(changed) else { return false }
        if case .append = step, let end = goal.end { return next(state[changed]) < end }
        return true
    }

    mutating func state(after step: Step, _ state: State) -> State? {
        switch step {
        case .append(let log, let entry, let expected, let index):
            return append(entry, to: log, expected, index, state)
        case .fork(let log, let target):
            guard !isEmpty(state[log]), !state[target].exists else { return nil }
            return SessionModel.setting(target, to: state[log], state)
        case .trim(let log, let index, let removed): return trim(log, before: index, removed, state)
        case .delete(let log, let deleted):
            guard deleted ?? true == state[log].exists else { return nil }
            return SessionModel.setting(log, to: Log(), state)
        case .headMismatch, .targetExists, .sourceEmpty, .entries, .latest:
            return isTrue(step, state) ? state : nil
        }
    }

    private static func setting(_ number: Int, to log: Log, _ state: State) -> State {
        var state = state
        state[number] = log
        return state
    }

    // MARK: Changes

    private mutating func append(
        _ entry: HistoryEntry, to log: Int, _ expected: HistoryHead, _ index: UInt64?, _ state: State
    ) -> State? {
        var changed = state[log]
        guard index ?? next(changed) == next(changed), expected.holds(for: head(changed)) else { return nil }
        let node = Node(previous: changed.newest, entry: entry)
        if let known = places[node] {
            changed.newest = known
        } else {
            nodes.append((node, next(changed)))
            places[node] = nodes.count
            changed.newest = nodes.count
        }
        changed.exists = true
        return SessionModel.setting(log, to: changed, state)
    }

    private func trim(_ number: Int, before index: UInt64, _ removed: UInt64?, _ state: State) -> State? {
        var log = state[number]
        let first = max(log.first, min(index, next(log)))
        guard removed ?? (first - log.first) == first - log.first else { return nil }
        log.first = first
        return SessionModel.setting(number, to: log, state)
    }

    // MARK: Answers

    private func isTrue(_ step: Step, _ state: State) -> Bool {
        switch step {
        case .headMismatch(let log, let expected, let told):
            return !expected.holds(for: head(state[log])) && head(state[log]) == told
        case .targetExists(let log, let target): return !isEmpty(state[log]) && state[target].exists
        case .sourceEmpty(let log): return isEmpty(state[log])
        case .latest(let log, let told): return latest(state[log]) == told
        case .entries(let log, let startAfter, let limit, let told, let hasMore):
            return isPage(of: state[log], startAfter, limit, told, hasMore)
        case .append, .fork, .trim, .delete: return false
        }
    }

    /// A page has the entries from its beginning on, one after the other, and ends where the log does unless more follow.
    private func isPage(
        of log: Log, _ startAfter: UInt64?, _ limit: Int, _ told: [HistoryLogged], _ hasMore: Bool
    ) -> Bool {
        let start = max(startAfter.map { $0 == .max ? .max : $0 + 1 } ?? 0, log.first)
        let end = next(log)
        guard told.count <= limit else { return false }
        guard let last = told.last else { return start >= end && !hasMore }
        guard told.first?.index == start, last.index < end, (last.index + 1 < end) == hasMore else { return false }
        var place = log.newest
        while nodes[place - 1].index > last.index { place = nodes[place - 1].node.previous }
        for logged in told.reversed() {
            guard place > 0, nodes[place - 1].index == logged.index, nodes[place - 1].node.entry == logged.entry else {
                return false
            }
            place = nodes[place - 1].node.previous
        }
        return true
    }

    private func next(_ log: Log) -> UInt64 { log.newest == 0 ? 0 : nodes[log.newest - 1].index + 1 }

    private func isEmpty(_ log: Log) -> Bool { log.first == next(log) }

    private func head(_ log: Log) -> Symbol? { latest(log)?.entry.heap }

    private func latest(_ log: Log) -> HistoryLogged? {
        guard !isEmpty(log) else { return nil }
        return HistoryLogged(index: next(log) - 1, nodes[log.newest - 1].node.entry)
    }
}

extension SessionModel.Step {
    /// The logs that it depends on.
    fileprivate var logs: [Int] {
        switch self {
        case .append(let log, _, _, _), .headMismatch(let log, _, _), .sourceEmpty(let log), .trim(let log, _, _),
            .delete(let log, _), .entries(let log, _, _, _, _), .latest(let log, _):
            [log]
        case .fork(let log, let target), .targetExists(let log, let target): [log, target]
        }
    }
}

extension SessionModel.Step {
    /// The most entries, dropped ones counted, that appends of unknown outcome may bring its log to; `nil` when it may be any number.
    fileprivate var end: UInt64? {
        switch self {
        case .append(_, _, _, let index): index
        case .latest(_, let logged): logged.map { $0.index + 1 } ?? 0
        case .entries(_, _, _, let entries, let hasMore): entries.last.map { $0.index + (hasMore ? 2 : 1) }
        case .headMismatch, .fork, .targetExists, .sourceEmpty, .trim, .delete: nil
        }
    }
}

extension SessionModel {
    /// What a log holds, for people.
    func describe(_ log: Log, _ symbols: SymbolTable) -> String {
        guard log.exists else { return "nothing" }
        guard let latest = latest(log) else { return "no entry, the next being \(next(log))" }
        // One that nobody saw has no name here.
        let heap = latest.entry.heap.number < 0 ? "unknown" : symbols.describe(latest.entry.heap)
        return "entries \(log.first) to \(latest.index), the last of heap \(heap)"
    }
}
