/// Looks for an order of the operations on one thing that explains all answers, as ``RegisterSearch`` does for keys, with two differences.
/// Writes whose revision was told come in the order of their revisions, so that little is left to be tried. And steps of unknown outcome
/// may be of any kind: each comes only right before one that would not have gone the same way without it.
/// - Complexity: O(n) configurations for a history that few operations overlap in; exponential in those of unknown outcome at worst.
struct SequenceSearch<Model: SequentialModel> {
    /// Where the longest order ends.
    struct DeadEnd {
        let ordered: Int
        let state: Model.State
        /// The operations of which one would have to come next.
        let lines: [Int]
    }

    private struct Configuration: Hashable {
        /// How many of those with a revision are ordered.
        var writes = 0
        /// Which others of known outcome are, and the first that is not.
        var others: PlaceSet
        var base = 0
        /// Which of unknown outcome have taken effect.
        var taken: PlaceSet
        var state: Model.State
        /// The one of unknown outcome that came last, and what it found; `nil` when another came after it.
        var last: Int?
        var before: Model.State?
        var count = 0
    }

    private(set) var model: Model
    /// Ascending by revision.
    private let writes: [TimedStep<Model.Step>]
    /// For each write the first end of it and those behind it.
    private var writeEnds: [UInt64]
    /// Of known outcome, without a revision; ascending by start.
    private let others: [TimedStep<Model.Step>]
    /// Ascending by start.
    private let unknown: [TimedStep<Model.Step>]
    /// For each of unknown outcome an earlier one that does the same: which of the two is taken makes no difference.
    private let twins: [Int?]
    private var seen: Set<Configuration> = []
    private var stack: [Configuration] = []
    private var longest: Configuration?

    init(_ model: Model, _ operations: [TimedStep<Model.Step>]) {
        self.model = model
        let known = operations.filter { $0.end != nil }
        writes = known.filter { $0.revision != nil }.sorted { $0.revision ?? 0 < $1.revision ?? 0 }
        others = known.filter { $0.revision == nil }.sorted { $0.start < $1.start }
        unknown = operations.filter { $0.end == nil }.sorted { $0.start < $1.start }
        writeEnds = Array(repeating: .max, count: writes.count + 1)
        for place in writes.indices.reversed() {
            writeEnds[place] = min(writeEnds[place + 1], writes[place].end ?? .max)
        }
        var latest: [Model.Step: Int] = [:]
        twins = unknown.enumerated().map { place, operation in latest.updateValue(place, forKey: operation.step) }
    }

    /// - Returns: `nil` if there is an order.
    mutating func run() -> DeadEnd? {
        stack = [
            Configuration(
                others: PlaceSet(count: others.count), taken: PlaceSet(count: unknown.count), state: model.initial)
        ]
        while var configuration = stack.popLast() {
            settle(&configuration)
            if configuration.count == writes.count + others.count { return nil }
            guard seen.insert(configuration).inserted else { continue }
            if configuration.count >= longest?.count ?? 0 { longest = configuration }
            expand(configuration)
        }
        guard let longest else { preconditionFailure("a search that began nowhere") }
        return DeadEnd(ordered: longest.count, state: longest.state, lines: lines(next: longest))
    }

    /// Orders the reads that find what is there: later would be no better.
    private mutating func settle(_ configuration: inout Configuration) {
        var isDone = false
        while !isDone {
            isDone = true
            for place in candidates(configuration).places where model.isRead(others[place].step) {
                guard model.state(after: others[place].step, configuration.state) != nil else { continue }
                take(place, &configuration)
                isDone = false
            }
        }
    }

    private func take(_ place: Int, _ configuration: inout Configuration) {
        configuration.others.insert(place)
        configuration.count += 1
        configuration.last = nil
        configuration.before = nil
        while configuration.base < others.count, configuration.others.contains(configuration.base) {
            configuration.base += 1
        }
    }

    /// The others that no operation which is not ordered ended before, and the end of the first such operation.
    private func candidates(_ configuration: Configuration) -> (places: [Int], firstEnd: UInt64) {
        var places: [Int] = []
        var firstEnd = writeEnds[configuration.writes]
        for place in configuration.base..<others.count {
            if others[place].start > firstEnd { break }
            if configuration.others.contains(place) { continue }
            places.append(place)
            firstEnd = min(firstEnd, others[place].end ?? .max)
        }
        return (places.filter { others[$0].start <= firstEnd }, firstEnd)
    }

    /// Puts on the stack what may come next, the best choice last.
    private mutating func expand(_ configuration: Configuration) {
        let (places, firstEnd) = candidates(configuration)
        let hasWrite = configuration.writes < writes.count && writes[configuration.writes].start <= firstEnd
        let goals = places.map { others[$0].step } + (hasWrite ? [writes[configuration.writes].step] : [])
        for place in unknown.indices.reversed() where unknown[place].start <= firstEnd {
            takeUnknown(place, toward: goals, configuration)
        }
        for place in places.reversed() where !model.isRead(others[place].step) {
            guard let state = state(after: others[place].step, configuration) else { continue }
            var next = configuration
            next.state = state
            take(place, &next)
            stack.append(next)
        }
        guard hasWrite, let state = state(after: writes[configuration.writes].step, configuration) else { return }
        var next = configuration
        next.writes += 1
        next.count += 1
        next.state = state
        next.last = nil
        next.before = nil
        stack.append(next)
    }

    private mutating func takeUnknown(_ place: Int, toward goals: [Model.Step], _ configuration: Configuration) {
        let step = unknown[place].step
        guard !configuration.taken.contains(place), twins[place].map({ configuration.taken.contains($0) }) ?? true,
            goals.contains(where: { model.mayHelp(step, toward: $0, configuration.state) }),
            let state = model.state(after: step, configuration.state), state != configuration.state
        else { return }
        // Of two that may be exchanged one comes first.
        if let last = configuration.last, last > place, isExchangeable(step, configuration, leading: state) { return }
        var next = configuration
        next.taken.insert(place)
        next.last = place
        next.before = configuration.state
        next.state = state
        stack.append(next)
    }

    /// What a step of known outcome leaves; `nil` if it does not fit, or goes as well before the step of unknown outcome that came last,
    /// or without it: that one is better left for later.
    private mutating func state(after step: Model.Step, _ configuration: Configuration) -> Model.State? {
        guard let state = model.state(after: step, configuration.state) else { return nil }
        if let before = configuration.before, model.state(after: step, before) == state { return nil }
        return isExchangeable(step, configuration, leading: state) ? nil : state
    }

    /// Whether `step` leads to the same state if it comes before the step of unknown outcome that came last.
    private mutating func isExchangeable(
        _ step: Model.Step, _ configuration: Configuration, leading state: Model.State
    ) -> Bool {
        guard let last = configuration.last, let before = configuration.before,
            let early = model.state(after: step, before)
        else { return false }
        return model.state(after: unknown[last].step, early) == state
    }

    private func lines(next configuration: Configuration) -> [Int] {
        var lines = candidates(configuration).places.map { others[$0].line }
        if configuration.writes < writes.count { lines.append(writes[configuration.writes].line) }
        return lines
    }
}
