/// The operations on one key of which nobody was told what became.
struct UnknownOperations {
    /// Ascending by start.
    let operations: [RegisterOperation]
    /// For each one an earlier one that does the same: which of the two is taken makes no difference.
    private let twins: [Int?]
    /// Looked up by value.
    private let writersByValue: [Symbol: [Int]]
    /// Those that demand something which another may bring about.
    private let conditional: [Int]

    /// Takes those of unknown outcome.
    init(_ operations: [RegisterOperation]) {
        let unknown = operations.filter { $0.end == nil }.sorted { $0.start < $1.start }
        let observed = UnknownOperations.observedValues(operations)
        var last: [[Register.Step]: Int] = [:]
        var writers: [Symbol: [Int]] = [:]
        twins = unknown.enumerated().map { place, operation in
            let kind = UnknownOperations.kind(operation, observed)
            defer { last[kind] = place }
            return last[kind]
        }
        for (place, operation) in unknown.enumerated() {
            for step in operation.steps {
                if case .put(let value, _) = step.effect { writers[value, default: []].append(place) }
            }
        }
        writersByValue = writers
        // A delete demands that the key is present, but behind a put it only undoes that.
        conditional = unknown.indices.filter { place in
            unknown[place].steps.contains { step in
                step.demands.contains { $0 != .present } || step.effect != .delete && !step.demands.isEmpty
            }
        }
        self.operations = unknown
    }

    /// Those that may write `value`.
    func writers(of value: Symbol) -> [Int] { writersByValue[value] ?? [] }

    /// Whether an operation may be taken, and no twin should be before it.
    func isNext(_ place: Int, taken: [Int]) -> Bool {
        !taken.contains(place) && (twins[place].map { taken.contains($0) } ?? true)
    }

    /// Whether one of them can follow upon a register that could not, or not so, upon the one before.
    func mayFollow(_ register: Register, after before: Register, startingBy time: UInt64) -> Bool {
        conditional.contains { place in
            operations[place].start <= time
                && operations[place].steps.contains { step in
                    guard let next = register.after(step), next != register else { return false }
                    return before.after(step) != next
                }
        }
    }

    static func isSubset(_ part: [Int], of whole: [Int]) -> Bool {
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
