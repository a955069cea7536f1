/// What goes wrong in a run, decided before it begins: take one fault away, and the others are what they were.
package struct FaultPlan: Sendable {
    /// A fault and when it happens, in milliseconds from the start.
    package struct Item: Sendable, CustomStringConvertible {
        /// From 1, in the order of time.
        package let number: Int
        package let time: UInt64
        /// How long it lasts, or until what was ended starts again.
        package let duration: UInt64
        package let fault: Fault

        package var description: String {
            "\(number). at \(time) ms, for \(duration) ms, \(fault.kind.rawValue): \(fault)"
        }
    }

    package private(set) var items: [Item]

    /// Of faults in any order.
    init(_ faults: [(time: UInt64, duration: UInt64, fault: Fault)]) {
        // A stable order: those of one moment keep theirs.
        let sorted = faults.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        items = sorted.enumerated().map { place, entry in
            let (time, duration, fault) = entry.element
            return Item(number: place + 1, time: time, duration: duration, fault: fault)
        }
    }

    /// The plan without these numbers; the others keep theirs.
    package func skipping(_ numbers: Set<Int>) -> FaultPlan {
        var plan = self
        plan.items.removeAll { numbers.contains($0.number) }
        return plan
    }
}
