/// The tags of one heap.
struct HeapModel: SequentialModel {
    typealias State = HistoryTags

    enum Step: Hashable {
        /// - Parameter left: the tags that were told; `nil` when nobody was.
        case replace(HistoryTags, left: HistoryTags?)
        case merge([Symbol: Symbol?], left: HistoryTags?)
        /// - Parameter deleted: `nil` when nobody was told.
        case clear(deleted: Bool?)
        case tags(HistoryTags)
    }

    let initial: State = [:]

    func isRead(_ step: Step) -> Bool {
        if case .tags = step { true } else { false }
    }

    func state(after step: Step, _ state: State) -> State? {
        switch step {
        case .replace(let tags, let left): return HeapModel.telling(left, tags)
        case .merge(let changes, let left):
            var tags = state
            for (key, value) in changes { tags[key] = value }
            return HeapModel.telling(left, tags)
        case .clear(let deleted): return deleted ?? !state.isEmpty == !state.isEmpty ? [:] : nil
        case .tags(let told): return told == state ? state : nil
        }
    }

    func mayHelp(_ step: Step, toward goal: Step, _ state: State) -> Bool {
        switch goal {
        case .replace: return false
        case .clear(let deleted):
            let next = self.state(after: step, state) ?? state
            return deleted == true ? !next.isEmpty : next.count < state.count || next.keys != state.keys
        case .merge(let changes, let left): return HeapModel.brings(step, state, to: left ?? [:], beside: changes)
        case .tags(let told): return HeapModel.brings(step, state, to: told, beside: [:])
        }
    }

    /// Whether a step gives a tag the value that it should have and has not.
    private static func brings(
        _ step: Step, _ state: State, to wanted: HistoryTags, beside changes: [Symbol: Symbol?]
    ) -> Bool {
        Set(state.keys).union(wanted.keys).contains { key in
            guard state[key] != wanted[key], changes[key] == nil else { return false }
            switch step {
            case .replace(let tags, _): return tags[key] == wanted[key]
            case .merge(let own, _): return own[key] == .some(wanted[key])
            case .clear: return wanted[key] == nil
            case .tags: return false
            }
        }
    }

    private static func telling(_ told: HistoryTags?, _ tags: HistoryTags) -> State? {
        told ?? tags == tags ? tags : nil
    }

    /// An operation on a heap as a step; `nil` for a read that nobody was answered.
    static func step(_ operation: HistoryOperation) -> TimedStep<Step>? {
        guard case .heap(let request) = operation.request else { return nil }
        let result: HistoryHeapResult? = if case .heap(let result) = operation.result { result } else { nil }
        let step: Step
        switch (request.action, result) {
        case (.replace(let tags), .changed(let left, _)): step = .replace(tags, left: left)
        case (.replace(let tags), _): step = .replace(tags, left: nil)
        case (.merge(let changes), .changed(let left, _)): step = .merge(changes, left: left)
        case (.merge(let changes), _): step = .merge(changes, left: nil)
        case (.clear, .cleared(_, let deleted)): step = .clear(deleted: deleted)
        case (.clear, _): step = .clear(deleted: nil)
        case (.tags, .tags(let tags)): step = .tags(tags)
        case (.tags, _): return nil
        }
        return TimedStep(operation, isStale: request.isStale, step)
    }
}

/// Whether the tags of each heap behaved like one map that is changed as a whole, one change at a time, each between its request and its
/// answer, in the order of the revisions.
struct HeapChecker {
    private let symbols: SymbolTable
    private let operations: [HistoryOperation]

    init(_ symbols: SymbolTable, _ operations: [HistoryOperation]) {
        self.symbols = symbols
        self.operations = operations
    }

    /// - Returns: the number of heaps.
    /// - Throws: for the first heap, in the order of the first mention, that has no order.
    func check() throws(HistoryViolation) -> Int {
        var places: [Symbol: Int] = [:]
        var heaps: [(name: Symbol, steps: [TimedStep<HeapModel.Step>])] = []
        for operation in operations {
            guard case .heap(let request) = operation.request, let step = HeapModel.step(operation) else { continue }
            if places[request.heap] == nil {
                places[request.heap] = heaps.count
                heaps.append((request.heap, []))
            }
            heaps[places[request.heap] ?? 0].steps.append(step)
        }
        for (name, steps) in heaps {
            var search = SequenceSearch(HeapModel(), steps)
            if let end = search.run() { throw violation(name, end) }
        }
        return heaps.count
    }

    private func violation(_ heap: Symbol, _ end: SequenceSearch<HeapModel>.DeadEnd) -> HistoryViolation {
        let tags = end.state.map { "\(symbols.describe($0))=\(symbols.describe($1))" }.sorted()
        return HistoryViolation(
            "heap \(symbols.describe(heap)): no order explains what was told of its tags; the longest has \(end.ordered) operations, leaves \(tags.isEmpty ? "none" : tags.joined(separator: " ")), and cannot go on with",
            lines: end.lines)
    }
}
