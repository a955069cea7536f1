/// The operations on a few session logs that forks join, as steps of a ``SessionModel``.
struct SessionSteps {
    /// Stands for a heap and for a code that nobody asked for or was told of: one is as good as another.
    private static let unseen = Symbol(number: -1)

    /// By name: the number of the log.
    let numbers: [Symbol: Int]
    private let operations: [HistoryOperation]
    /// Where entries were seen.
    private var indexes: [HistoryEntry: UInt64] = [:]
    /// What some answer or condition names.
    private var namedHeaps: Set<Symbol> = []
    /// How many appends ask for an entry.
    private var appends: [HistoryEntry: Int] = [:]

    init(_ operations: [HistoryOperation]) {
        self.operations = operations
        var numbers: [Symbol: Int] = [:]
        for operation in operations {
            guard case .session(let request) = operation.request else { continue }
            for session in request.sessions where numbers[session] == nil { numbers[session] = numbers.count }
        }
        self.numbers = numbers
        for operation in operations { note(operation) }
    }

    private mutating func note(_ operation: HistoryOperation) {
        guard case .session(let request) = operation.request else { return }
        if case .append(let entry, let expected) = request.action {
            appends[entry, default: 0] += 1
            if case .heap(let heap) = expected { namedHeaps.insert(heap) }
        }
        guard case .session(let result) = operation.result else { return }
        switch result {
        case .headMismatch(let head?): namedHeaps.insert(head)
        case .entries(let entries, _): for logged in entries { indexes[logged.entry] = logged.index }
        case .latest(let logged?): indexes[logged.entry] = logged.index
        default: break
        }
    }

    func steps() -> [TimedStep<SessionModel.Step>] {
        operations.compactMap { operation in
            guard case .session(let request) = operation.request, let log = numbers[request.session] else { return nil }
            guard case .session(let result) = operation.result else {
                return unknown(request, log).map { TimedStep(operation, isStale: false, $0) }
            }
            return TimedStep(operation, isStale: request.isStale, known(request, log, result))
        }
    }

    /// The logs that forks of unknown outcome name.
    var forked: Set<Int> {
        var forked: Set<Int> = []
        for operation in operations where operation.result == .unknown {
            guard case .session(let request) = operation.request, case .fork = request.action else { continue }
            forked.formUnion(request.sessions.compactMap { numbers[$0] })
        }
        return forked
    }

    private func known(
        _ request: HistorySessionRequest, _ log: Int, _ result: HistorySessionResult
    ) -> SessionModel.Step {
        switch (request.action, result) {
        case (.append(let entry, let expected), .appended(let index, _)):
            return .append(log: log, entry, expecting: expected, index: index)
        case (.append(_, let expected), .headMismatch(let head)):
            return .headMismatch(log: log, expecting: expected, head: head)
        case (.fork(let target), .forked): return .fork(log: log, to: numbers[target] ?? log)
        case (.fork(let target), .targetExists): return .targetExists(log: log, to: numbers[target] ?? log)
        case (.fork, .sourceEmpty): return .sourceEmpty(log: log)
        case (.trim(let index), .trimmed(_, let removed)): return .trim(log: log, before: index, removed: removed)
        case (.delete, .deleted(_, let deleted)): return .delete(log: log, deleted: deleted)
        case (.entries(let startAfter, let limit, _), .entries(let entries, let hasMore)):
            return .entries(log: log, startAfter: startAfter, limit: limit, entries, hasMore: hasMore)
        case (.latest, .latest(let logged)): return .latest(log: log, logged)
        default: preconditionFailure("\(result) is no answer to \(request)")
        }
    }

    /// What a write may have done; `nil` for a read.
    private func unknown(_ request: HistorySessionRequest, _ log: Int) -> SessionModel.Step? {
        switch request.action {
        case .append(let entry, let expected): append(entry, log, expected)
        case .fork(let target): .fork(log: log, to: numbers[target] ?? log)
        case .trim(let index): .trim(log: log, before: index, removed: nil)
        case .delete: .delete(log: log, deleted: nil)
        case .entries, .latest: nil
        }
    }

    /// An entry that one request alone writes got the index under which it was seen, and no other.
    private func append(_ entry: HistoryEntry, _ log: Int, _ expected: HistoryHead) -> SessionModel.Step {
        guard let index = indexes[entry] else {
            let heap = namedHeaps.contains(entry.heap) ? entry.heap : SessionSteps.unseen
            return .append(
                log: log, HistoryEntry(heap: heap, code: SessionSteps.unseen), expecting: expected, index: nil)
        }
        return .append(log: log, entry, expecting: expected, index: appends[entry] == 1 ? index : nil)
    }
}
