/// Looks for an order of one key's operations: Wing and Gong, "Testing and verifying concurrent objects" (1993), with the memory of
/// configurations of Lowe, "Testing for linearizability" (2017): what was found to lead nowhere is not tried again.
///
/// A configuration tells which operations are ordered and what the register holds after them. The ordered ones are all that come before
/// `base` by start, and a few that overlap with it: so its size does not grow with the history, and no cut at quiescent points is needed.
///
/// Operations of unknown outcome come in only where another needs them, and what leads nowhere with some of them taken leads nowhere with
/// more: one that is left out may still come later, or never.
/// - Complexity: O(n) configurations for a history that few operations overlap in; exponential in their overlap at worst.
struct RegisterSearch {
    /// Where the longest order ends.
    struct DeadEnd {
        let ordered: Int
        let register: Register
        /// The operations of which one would have to come next.
        let lines: [Int]
    }

    struct Configuration: Hashable {
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

    struct Frame {
        let configuration: Configuration
        /// Which operations of unknown outcome have taken effect; ascending.
        let taken: [Int]
        /// What the register held before each of them that no other has followed yet.
        let chain: [Register]
        /// The operations of known outcome that may come next, in the order in which they are tried, and how many were.
        let candidates: [Int]
        var tried = 0
        /// Whether the first of them changes nothing and can come at once, which is as good as later: nothing else needs to be tried.
        let isForced: Bool
        /// How many unknown ones were tried for the sake of no certain candidate.
        var unknownTried = 0
        /// None of unknown outcome that starts later may come next.
        let latestStart: UInt64
    }

    /// Ascending by start.
    let known: [RegisterOperation]
    let unknown: UnknownOperations
    /// What was seen, and with which unknown operations taken.
    private var seen: [Configuration: [[Int]]] = [:]
    private var stack: [Frame] = []
    private var longest: Frame?

    init(_ operations: [RegisterOperation]) {
        known = operations.filter { $0.end != nil }.sorted { $0.start < $1.start }
        unknown = UnknownOperations(operations)
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
        if frame.tried < (frame.isForced ? 1 : frame.candidates.count) {
            stack[top].tried += 1
            take(frame.candidates[frame.tried], after: frame)
            return true
        }
        guard !frame.isForced, frame.unknownTried < unknown.operations.count,
            unknown.operations[frame.unknownTried].start <= frame.latestStart
        else { return false }
        stack[top].unknownTried += 1
        takeUnknown(frame.unknownTried, after: frame)
        return true
    }

    /// Orders a known operation next; if it does not find the value that it should, the unknown ones that may have written it.
    private mutating func take(_ place: Int, after frame: Frame) {
        let step = known[place].steps[0]
        if let register = frame.configuration.register.after(step) {
            var next = frame.configuration
            next.order(place)
            next.register = register
            return enter(next, taken: frame.taken, chain: [])
        }
        for demand in step.demands {
            guard case .value(let value) = demand else { continue }
            for writer in unknown.writers(of: value).reversed()
            where unknown.operations[writer].start <= frame.latestStart {
                takeUnknown(writer, after: frame)
            }
        }
    }

    private mutating func takeUnknown(_ place: Int, after frame: Frame) {
        let before = frame.configuration.register
        for step in unknown.operations[place].steps {
            guard let register = before.after(step), register != before, !frame.chain.contains(register),
                isUseful(register, after: before, frame), unknown.isNext(place, taken: frame.taken)
            else { continue }
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

    /// Whether some operation can come next that could not have come, or not so, before an unknown one; if none can, that one is better
    /// left for later.
    private func isUseful(_ register: Register, after before: Register, _ frame: Frame) -> Bool {
        frame.candidates.contains { place in
            let step = known[place].steps[0]
            guard let next = register.after(step) else { return false }
            return before.after(step) != next
        } || unknown.mayFollow(register, after: before, startingBy: frame.latestStart)
    }

    /// Puts a configuration on the stack unless it was seen, with no more unknown operations taken than now.
    private mutating func enter(_ configuration: Configuration, taken: [Int], chain: [Register]) {
        let before = seen[configuration] ?? []
        guard !before.contains(where: { UnknownOperations.isSubset($0, of: taken) }) else { return }
        seen[configuration] = before.filter { !UnknownOperations.isSubset(taken, of: $0) } + [taken]
        var (candidates, latestStart) = candidates(configuration)
        let free = candidates.firstIndex { isFree(known[$0].steps[0], configuration.register) }
        if let free {
            candidates.swapAt(0, free)
        } else if candidates.count > 1 {
            candidates.sort { (known[$0].hint ?? .max, $0) < (known[$1].hint ?? .max, $1) }
        }
        let frame = Frame(
            configuration: configuration, taken: taken, chain: chain, candidates: candidates, isForced: free != nil,
            latestStart: latestStart)
        stack.append(frame)
        if longest.map({ configuration.count > $0.configuration.count }) ?? true { longest = frame }
    }

    /// Whether an operation finds what it says and leaves all as it is.
    private func isFree(_ step: Register.Step, _ register: Register) -> Bool {
        step.effect == .none && register.after(step) == register
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
}
