import Testing

@testable import History

/// The search for session logs and heaps finds an order exactly when there is one.
@Suite struct SequenceBruteForceTests {
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func sessionLogsAgreeWithAllOrders(seed: UInt64) {
        expectAgreement(seed, SessionModel(logs: 2, forked: [0, 1])) { isUnknown, random in
            RandomSteps.session(isUnknown, &random)
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func heapsAgreeWithAllOrders(seed: UInt64) {
        expectAgreement(seed, HeapModel()) { isUnknown, random in RandomSteps.heap(isUnknown, &random) }
    }

    /// Half of the histories are made of a true order, else hardly any would have one.
    private func expectAgreement<Model: SequentialModel>(
        _ seed: UInt64, _ model: Model, _ step: (_ isUnknown: Bool, inout Random) -> Model.Step
    ) {
        var random = Random(state: seed)
        var (yes, no) = (0, 0)
        for round in 0..<400 {
            let operations = round % 2 == 0 ? anyHistory(&random, step) : trueHistory(model, &random, step)
            var all = AllOrders(model)
            let hasOrder = all.exist(operations, revision: 0, model.initial)
            var search = SequenceSearch(model, operations)
            let end = search.run()
            #expect((end == nil) == hasOrder, "seed \(seed), round \(round): \(operations)")
            if round % 2 == 1 { #expect(hasOrder, "seed \(seed), round \(round)") }
            if hasOrder { yes += 1 } else { no += 1 }
        }
        #expect(yes > 20 && no > 20, "\(yes) have an order, \(no) have none")
    }

    private func anyHistory<Step>(
        _ random: inout Random, _ step: (_ isUnknown: Bool, inout Random) -> Step
    ) -> [TimedStep<Step>] {
        (0..<3 + random.below(4)).map { line in
            let start = UInt64(random.below(12))
            let isUnknown = random.below(3) == 0
            let revision = !isUnknown && random.below(3) == 0 ? UInt64(1 + 8 * random.below(1000) + line) : nil
            return TimedStep(
                line: line + 1, start: start, end: isUnknown ? nil : start + UInt64(random.below(6)),
                revision: revision, step(isUnknown, &random))
        }
    }

    /// Steps that fit one after the other, with their ends moved apart; some of unknown outcome are among them, some never come.
    private func trueHistory<Model: SequentialModel>(
        _ model: Model, _ random: inout Random, _ step: (_ isUnknown: Bool, inout Random) -> Model.Step
    ) -> [TimedStep<Model.Step>] {
        var (model, state) = (model, model.initial)
        var operations: [TimedStep<Model.Step>] = []
        var time: UInt64 = 10
        for line in 1...(4 + random.below(3)) {
            let isUnknown = random.below(3) == 0
            let start = time - UInt64(random.below(8))
            if isUnknown, random.below(4) == 0 {
                operations.append(TimedStep(line: line, start: start, end: nil, step(true, &random)))
                continue
            }
            var found: (step: Model.Step, next: Model.State)?
            for _ in 0..<200 where found == nil {
                let step = step(isUnknown, &random)
                found = model.state(after: step, state).map { (step, $0) }
            }
            guard let (step, next) = found else { continue }
            state = next
            let revision = isUnknown || model.isRead(step) || random.below(2) == 0 ? nil : time
            operations.append(
                TimedStep(
                    line: line, start: start, end: isUnknown ? nil : time + UInt64(random.below(8)), revision: revision,
                    step))
            time += 3
        }
        return operations
    }
}

/// Tries everything: which operation comes next, or that those of unknown outcome never come.
private struct AllOrders<Model: SequentialModel> {
    private var model: Model

    init(_ model: Model) { self.model = model }

    /// - Parameter revision: the last one.
    mutating func exist(_ operations: [TimedStep<Model.Step>], revision: UInt64, _ state: Model.State) -> Bool {
        guard let firstEnd = operations.compactMap(\.end).min() else { return true }
        for place in operations.indices where operations[place].start <= firstEnd {
            let next = operations[place]
            guard next.revision ?? .max >= revision, let state = model.state(after: next.step, state) else { continue }
            var rest = operations
            rest.remove(at: place)
            if exist(rest, revision: next.revision ?? revision, state) { return true }
        }
        return false
    }
}

/// Few names, so that they meet by chance.
private enum RandomSteps {
    static func symbol(_ random: inout Random) -> Symbol { Symbol(number: Int32(random.below(2))) }

    static func heap(_ isUnknown: Bool, _ random: inout Random) -> HeapModel.Step {
        func tags(_ random: inout Random) -> HistoryTags {
            var tags: HistoryTags = [:]
            for _ in 0..<random.below(3) { tags[symbol(&random)] = symbol(&random) }
            return tags
        }
        switch random.below(isUnknown ? 3 : 4) {
        case 0: return .replace(tags(&random), left: isUnknown ? nil : tags(&random))
        case 1:
            let changes: [Symbol: Symbol?] = [symbol(&random): random.below(3) == 0 ? nil : symbol(&random)]
            return .merge(changes, left: isUnknown ? nil : tags(&random))
        case 2: return .clear(deleted: isUnknown ? nil : random.below(2) == 0)
        default: return .tags(tags(&random))
        }
    }

    static func session(_ isUnknown: Bool, _ random: inout Random) -> SessionModel.Step {
        let log = random.below(2)
        let index: UInt64? = isUnknown && random.below(2) == 0 ? nil : UInt64(random.below(3))
        let heads: [HistoryHead] = [.anything, .anything, .empty, .heap(symbol(&random))]
        let head = heads[random.below(4)]
        switch random.below(isUnknown ? 5 : 9) {
        case 0, 1: return .append(log: log, entry(&random), expecting: head, index: index)
        case 2: return .fork(log: log, to: 1 - log)
        case 3: return .trim(log: log, before: UInt64(random.below(3)), removed: isUnknown ? nil : index)
        case 4: return .delete(log: log, deleted: isUnknown ? nil : random.below(2) == 0)
        case 5:
            return .headMismatch(log: log, expecting: head, head: random.below(2) == 0 ? nil : symbol(&random))
        case 6: return random.below(2) == 0 ? .targetExists(log: log, to: 1 - log) : .sourceEmpty(log: log)
        case 7: return .latest(log: log, random.below(3) == 0 ? nil : HistoryLogged(index: index ?? 0, entry(&random)))
        default:
            let first = UInt64(random.below(2))
            let entries = (0..<UInt64(random.below(3))).map { HistoryLogged(index: first + $0, entry(&random)) }
            return .entries(
                log: log, startAfter: random.below(2) == 0 ? nil : 0, limit: 1 + random.below(2), entries,
                hasMore: random.below(3) == 0)
        }
    }

    private static func entry(_ random: inout Random) -> HistoryEntry {
        HistoryEntry(heap: symbol(&random), code: Symbol(number: 0))
    }
}
