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
    case clean(operations: Int, keys: Int, sessions: Int, heaps: Int)
    case violation(HistoryViolation)

    package var description: String {
        switch self {
        case .clean(let operations, let keys, let sessions, let heaps):
            "clean: \(operations) operations, \(keys) keys, \(sessions) session logs, \(heaps) heaps"
        case .violation(let violation): "violation: \(violation)"
        }
    }
}

extension History {
    /// Has all checkers judge.
    package func verdict() -> Verdict {
        do throws(HistoryViolation) {
            let effective = try effectiveOperations()
            let keys = try LinearizabilityChecker(symbols, effective).check()
            var store = StoreChecker(symbols, effective, refused: operations.filter { $0.result == .refused })
            try store.check()
            let sessions = try SessionChecker(symbols, effective).check()
            let heaps = try HeapChecker(symbols, effective).check()
            try RevisionCheck(effective).check()
            return .clean(operations: operations.count, keys: keys, sessions: sessions, heaps: heaps)
        } catch {
            return .violation(error)
        }
    }
}
