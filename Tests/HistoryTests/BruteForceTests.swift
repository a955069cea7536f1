import Testing

@testable import History

/// The search finds an order exactly when there is one.
@Suite struct BruteForceTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theSearchAgreesWithAllOrders(seed: UInt64) {
        var random = Random(state: seed)
        var (yes, no) = (0, 0)
        for _ in 0..<400 {
            let operations = randomOperations(&random)
            let hasOrder = Self.hasOrder(operations)
            var search = RegisterSearch(operations)
            let end = search.run()
            #expect((end == nil) == hasOrder, "seed \(seed): \(operations)")
            if hasOrder { yes += 1 } else { no += 1 }
        }
        #expect(yes > 20 && no > 20, "\(yes) have an order, \(no) have none")
    }

    /// Tries everything: which operation comes next, or that those of unknown outcome never come.
    static func hasOrder(_ operations: [RegisterOperation], _ register: Register = .absent) -> Bool {
        let known = operations.filter { $0.end != nil }
        guard let firstEnd = known.compactMap(\.end).min() else { return true }
        return operations.indices.contains { place in
            guard operations[place].start <= firstEnd else { return false }
            var rest = operations
            rest.remove(at: place)
            return operations[place].steps.contains { step in
                register.after(step).map { hasOrder(rest, $0) } ?? false
            }
        }
    }

    /// Few values and revisions, so that they meet by chance.
    private func randomOperations(_ random: inout Random) -> [RegisterOperation] {
        (0..<3 + random.below(4)).map { line in
            let start = UInt64(random.below(12))
            let isUnknown = random.below(3) == 0
            let steps = (0..<(isUnknown ? 1 + random.below(2) : 1)).map { _ in randomStep(isUnknown, &random) }
            return RegisterOperation(
                line: line + 1, start: start, end: isUnknown ? nil : start + UInt64(random.below(6)), steps: steps)
        }
    }

    private func randomStep(_ isUnknown: Bool, _ random: inout Random) -> Register.Step {
        let value = Symbol(number: Int32(random.below(2)))
        let revision = UInt64(1 + random.below(2))
        let demands: [[Register.Demand]] = [
            [], [], [.absent], [.present], [.revision(revision)], [.revisionIsNot(revision)], [.valueIsNot(value)],
        ]
        let demand = demands[random.below(demands.count)]
        switch random.below(isUnknown ? 2 : 4) {
        case 0: return Register.Step(demands: demand, effect: .put(value, revision: isUnknown ? nil : revision))
        case 1: return Register.Step(demands: demand + (isUnknown ? [.present] : []), effect: .delete)
        case 2: return Register.Step(demands: [.value(value), .revision(revision)], effect: .none)
        default: return Register.Step(demands: demand + [.present], effect: .none)
        }
    }
}
