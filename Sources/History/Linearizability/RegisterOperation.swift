/// An operation as far as it concerns one key.
struct RegisterOperation {
    let line: Int
    let start: UInt64
    /// `nil` when the outcome is unknown: it may take effect at any time after its start, or never.
    let end: UInt64?
    /// A revision that the answer names: whoever looks for an order tries the lowest first. It decides nothing.
    var hint: UInt64?
    /// What it did. Of an unknown outcome: what it may have done, beside nothing.
    let steps: [Register.Step]
}

extension RegisterOperation {
    private typealias Demand = Register.Demand
    private typealias Step = Register.Step

    /// What `operation` says of each key, stale reads, lists and watches aside.
    static func projections(of operation: HistoryOperation) -> [(key: Symbol, RegisterOperation)] {
        switch operation.request {
        case .put(let key, let value, let condition):
            return project(operation, key, put(value, condition, operation.result))
        case .delete(let key, let condition): return project(operation, key, delete(condition, operation.result))
        case .get(let key, isStale: false):
            guard case .value(let found) = operation.result else { return [] }
            return project(operation, key, Step(demands: demands(found), effect: .none))
        case .transaction(let transaction):
            return transaction.keys.compactMap { key in
                let steps = steps(of: transaction, on: key, operation.result)
                return steps.isEmpty ? nil : (key, RegisterOperation(operation, steps))
            }
        case .get, .list, .watch, .session, .heap: return []
        }
    }

    private init(_ operation: HistoryOperation, _ steps: [Register.Step]) {
        self.init(
            line: operation.line, start: operation.start, end: operation.end,
            hint: RegisterOperation.hint(operation.result),
            steps: steps)
    }

    private static func hint(_ result: HistoryResult) -> UInt64? {
        switch result {
        case .value(let found): found?.revision
        case .conditionFailed(let current): current
        default: result.revision
        }
    }

    private static func project(
        _ operation: HistoryOperation, _ key: Symbol, _ step: Step
    ) -> [(key: Symbol, RegisterOperation)] {
        [(key, RegisterOperation(operation, [step]))]
    }

    // MARK: Single writes

    private static func put(_ value: Symbol, _ condition: HistoryCondition, _ result: HistoryResult) -> Step {
        switch result {
        case .put(let revision, let created):
            let found: Demand = created ? .absent : .present
            return Step(demands: demands(condition) + [found], effect: .put(value, revision: revision))
        case .conditionFailed(let current): return refusal(condition, current)
        default: return Step(demands: demands(condition), effect: .put(value, revision: nil))
        }
    }

    private static func delete(_ condition: HistoryCondition, _ result: HistoryResult) -> Step {
        switch result {
        case .delete(_, let deleted):
            let found: Demand = deleted ? .present : .absent
            return Step(demands: demands(condition) + [found], effect: deleted ? .delete : .none)
        case .conditionFailed(let current): return refusal(condition, current)
        default: return Step(demands: demands(condition) + [.present], effect: .delete)
        }
    }

    private static func demands(_ condition: HistoryCondition) -> [Demand] {
        switch condition {
        case .none: []
        case .absent: [.absent]
        case .exists: [.present]
        case .revision(let revision): [.revision(revision)]
        }
    }

    private static func refusal(_ condition: HistoryCondition, _ current: UInt64?) -> Step {
        let found: Demand = current.map { .revision($0) } ?? .absent
        let reason: Demand =
            switch condition {
            case .none: .impossible
            case .absent: .present
            case .exists: .absent
            case .revision(let revision): .revisionIsNot(revision)
            }
        return Step(demands: [found, reason], effect: .none)
    }

    private static func demands(_ found: HistoryValue?) -> [Demand] {
        guard let found else { return [.absent] }
        return [.value(found.value), .revision(found.revision)]
    }

    // MARK: Transactions

    /// What a transaction did to `key`; for an unknown outcome what either branch would have done.
    private static func steps(of transaction: HistoryTransaction, on key: Symbol, _ result: HistoryResult) -> [Step] {
        if case .transaction(let succeeded, let revision, let results) = result {
            let branch = transaction.branch(succeeded)
            let place = branch.firstIndex { $0.key == key }
            var step = place.map { self.step(branch[$0], results[$0], revision) } ?? Step(demands: [], effect: .none)
            step.demands += comparisons(of: transaction, on: key, succeeded: succeeded)
            return [step]
        }
        return [true, false].compactMap { succeeded in
            let branch = transaction.branch(succeeded)
            guard let change = branch.first(where: { $0.key == key }), var step = unknown(change) else { return nil }
            step.demands += comparisons(of: transaction, on: key, succeeded: succeeded)
            return step
        }
    }

    private static func step(
        _ step: HistoryTransaction.Step, _ result: HistoryResult.StepResult, _ revision: UInt64
    ) -> Step {
        switch (step, result) {
        case (.put(_, let value), .put(let created)):
            Step(demands: [created ? .absent : .present], effect: .put(value, revision: revision))
        case (.delete, .delete(let deleted)):
            Step(demands: [deleted ? .present : .absent], effect: deleted ? .delete : .none)
        case (_, .get(let found)): Step(demands: demands(found), effect: .none)
        default: Step(demands: [.impossible], effect: .none)
        }
    }

    private static func unknown(_ step: HistoryTransaction.Step) -> Step? {
        switch step {
        case .put(_, let value): Step(demands: [], effect: .put(value, revision: nil))
        case .delete: Step(demands: [.present], effect: .delete)
        case .get: nil
        }
    }

    /// What the branch taken tells of `key`. Which of several comparisons has failed is not known.
    private static func comparisons(
        of transaction: HistoryTransaction, on key: Symbol, succeeded: Bool
    ) -> [Demand] {
        if succeeded { return transaction.compare.filter { $0.key == key }.map { demand($0.demand) } }
        guard let only = transaction.compare.first else { return [.impossible] }
        guard transaction.compare.count == 1, only.key == key else { return [] }
        switch only.demand {
        case .value(let value): return [.valueIsNot(value)]
        case .revision(let revision): return [.revisionIsNot(revision)]
        case .exists(let exists): return [exists ? .absent : .present]
        }
    }

    private static func demand(_ demand: HistoryTransaction.Comparison.Demand) -> Demand {
        switch demand {
        case .value(let value): .value(value)
        case .revision(let revision): .revision(revision)
        case .exists(let exists): exists ? .present : .absent
        }
    }
}
