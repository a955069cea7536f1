/// Looks for an order of one key's operations: Wing and Gong, "Testing and verifying concurrent objects" (1993), with the memory of
/// configurations of Lowe, "Testing for linearizability" (2017): what was found to lead nowhere is not tried again.
///
/// A configuration tells which operations are ordered and what the register holds after them. The ordered ones are all that come before
/// `base` by start, and a few that overlap with it: so its size does not grow with the history, and no cut at quiescent points is needed.
///
/// Operations of unknown outcome come last among the choices, and what leads nowhere with some of them taken leads nowhere with more:
/// one that is left out may still come later, or never.
/// - Complexity: O(n) configurations for a history that few operations overlap in; exponential in their overlap at worst.
struct RegisterSearch {
    /// Where the longest order ends.
    struct DeadEnd {
        let ordered: Int
        let register: Register
        /// The operations of which one would have to come next.
        let lines: [Int]
    }

    private struct Configuration: Hashable {
        /// The first operation, by start, that is not ordered.
        var base = 0
        /// Those behind it that are; ascending.
        var ahead: [Int] = []
        var register = Register.absent

        var count: Int { base + ahead.count }

        mutating func order(_ place: Int) {
            guard place == base else {
                let index = ahead.firstIndex { $0 > place } ?? ahead.count
                return ahead.insert(place, at: index)
            }
            base += 1
            while ahead.first == base {
                ahead.removeFirst()
                base += 1
            }
        }
    }

    private struct Frame {
        let configuration: Configuration
        /// Which operations of unknown outcome have taken effect; ascending.
        let taken: [Int]
        /// What the register held before each of them that no other has followed yet.
        let chain: [Register]
        /// The operations of known outcome that may come next, and how many of them were tried.
        let candidates: [Int]
        var tried = 0
        /// How many unknown ones were.
        var unknownTried = 0
        /// None of unknown outcome that starts later may come next.
        let latestStart: UInt64
    }

    /// Ascending by start.
    private let known: [RegisterOperation]
    private let unknown: [RegisterOperation]
    /// For each unknown operation an earlier one that does the same: which of the two is taken makes no difference.
    private let twins: [Int?]
    /// What was seen, and with which unknown operations taken.
    private var seen: [Configuration: [[Int]]] = [:]
    private var stack: [Frame] = []
    private var longest: Frame?

    init(_ operations: [RegisterOperation]) {
        known = operations.filter { $0.end != nil }.sorted { $0.start < $1.start }
        unknown = operations.filter { $0.end == nil }.sorted { $0.start < $1.start }
        let observed = RegisterSearch.observedValues(operations)
        var last: [[Register.Step]: Int] = [:]
        twins = unknown.enumerated().map { place, operation in
            let kind = RegisterSearch.kind(operation, observed)
            defer { last[kind] = place }
            return last[kind]
        }
    }

    /// - Returns: `nil` if there is an order.
    mutating func run() -> DeadEnd? {
        enter(Configuration(), taken: [], chain: [])
        while let top = stack.indices.last {
            if stack[top].configuration.base == known.count { return nil }
            if !advance(top) { stack.removeLast() }
        }
        guard let longest else { preconditionFailure("a search that began nowhere") }
        return DeadEnd(
            ordered: longest.configuration.count, register: longest.configuration.register,
            lines: longest.candidates.map { known[$0].line })
    }

    /// Goes on with the next choice. Returns whether there was one.
    private mutating func advance(_ top: Int) -> Bool {
        let frame = stack[top]
        if frame.tried < frame.candidates.count {
            stack[top].tried += 1
            let place = frame.candidates[frame.tried]
            guard let register = frame.configuration.register.after(known[place].steps[0]) else { return true }
            var next = frame.configuration
            next.order(place)
            next.register = register
            enter(next, taken: frame.taken, chain: [])
            return true
        }
        guard frame.unknownTried < unknown.count else { return false }
        let place = frame.unknownTried
        guard unknown[place].start <= frame.latestStart else { return false }
        stack[top].unknownTried += 1
        takeUnknown(place, after: frame)
        return true
    }

    private mutating func takeUnknown(_ place: Int, after frame: Frame) {
        guard !frame.taken.contains(place), twins[place].map({ frame.taken.contains($0) }) ?? true else { return }
        let before = frame.configuration.register
        for step in unknown[place].steps {
            guard let register = before.after(step), register != before, !frame.chain.contains(register) else {
                continue
            }
            // What could have come without the unknown ones before it should: they are better left for later.
            guard !frame.chain.contains(where: { $0.after(step) == register }) else { continue }
            var next = frame.configuration
            next.register = register
            let index = frame.taken.firstIndex { $0 > place } ?? frame.taken.count
            var taken = frame.taken
            taken.insert(place, at: index)
            enter(next, taken: taken, chain: frame.chain + [before])
        }
    }

    /// Puts a configuration on the stack unless it was seen, with no more unknown operations taken than now.
    private mutating func enter(_ configuration: Configuration, taken: [Int], chain: [Register]) {
        let before = seen[configuration] ?? []
        guard !before.contains(where: { RegisterSearch.isSubset($0, of: taken) }) else { return }
        seen[configuration] = before.filter { !RegisterSearch.isSubset(taken, of: $0) } + [taken]
        let (candidates, latestStart) = candidates(configuration)
        let frame = Frame(
            configuration: configuration, taken: taken, chain: chain, candidates: candidates, latestStart: latestStart)
        stack.append(frame)
        if longest.map({ configuration.count > $0.configuration.count }) ?? true { longest = frame }
    }

    /// The operations that no other which is not ordered ended before, and the end of the first of them.
    private func candidates(_ configuration: Configuration) -> ([Int], UInt64) {
        var candidates: [Int] = []
        var firstEnd = UInt64.max
        var ahead = configuration.ahead[...]
        for place in configuration.base..<known.count {
            if known[place].start > firstEnd { break }
            if ahead.first == place {
                ahead.removeFirst()
                continue
            }
            candidates.append(place)
            firstEnd = min(firstEnd, known[place].end ?? .max)
        }
        return (candidates, firstEnd)
    }

    // MARK: Unknown outcomes

    private static func isSubset(_ part: [Int], of whole: [Int]) -> Bool {
        var rest = whole[...]
        for place in part {
            while let first = rest.first, first < place { rest.removeFirst() }
            guard rest.first == place else { return false }
        }
        return true
    }

    /// The values that some operation has found, or asked for.
    private static func observedValues(_ operations: [RegisterOperation]) -> Set<Symbol> {
        var values: Set<Symbol> = []
        for operation in operations {
            for step in operation.steps {
                for demand in step.demands {
                    if case .value(let value) = demand { values.insert(value) }
                    if case .valueIsNot(let value) = demand { values.insert(value) }
                }
            }
        }
        return values
    }

    /// What an unknown operation may do, as far as others can tell: a value that nobody has seen is as good as another.
    private static func kind(_ operation: RegisterOperation, _ observed: Set<Symbol>) -> [Register.Step] {
        operation.steps.map { step in
            guard case .put(let value, nil) = step.effect, !observed.contains(value) else { return step }
            return Register.Step(demands: step.demands, effect: .put(Symbol(number: -1), revision: nil))
        }
    }
}
