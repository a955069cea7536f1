/// What no order of the operations explains.
package struct HistoryViolation: Error, Sendable, Equatable, CustomStringConvertible {
    package let reason: String
    /// The lines that contradict each other, ascending.
    package let lines: [Int]

    init(_ reason: String, lines: [Int]) {
        self.reason = reason
        self.lines = Array(Set(lines)).sorted()
    }

    package var description: String {
        let numbers = lines.map(String.init).joined(separator: ", ")
        return "\(reason) (\(lines.count == 1 ? "line" : "lines") \(numbers))"
    }
}

/// What is to be said of a history.
package enum Verdict: Sendable, Equatable, CustomStringConvertible {
    case clean(operations: Int, keys: Int)
    case violation(HistoryViolation)

    package var description: String {
        switch self {
        case .clean(let operations, let keys): "clean: \(operations) operations, \(keys) keys"
        case .violation(let violation): "violation: \(violation)"
        }
    }
}

extension History {
    /// Has both checkers judge.
    package func verdict() -> Verdict {
        do throws(HistoryViolation) {
            let effective = try effectiveOperations()
            let keys = try LinearizabilityChecker(symbols, effective).check()
            var store = StoreChecker(symbols, effective, refused: operations.filter { $0.result == .refused })
            try store.check()
            return .clean(operations: operations.count, keys: keys)
        } catch {
            return .violation(error)
        }
    }
}
