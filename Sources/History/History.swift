/// What clients asked and were told, with the times of both: all that the checkers judge by. It begins with an empty store.
package struct History: Sendable {
    package var symbols = SymbolTable()
    package private(set) var operations: [HistoryOperation] = []

    package init() {}

    /// Adds an operation. They come in any order; a number of a line of 0 becomes the place in the history, counted from 1.
    /// - Precondition: it ends no sooner than it begins, and its result is one of its request.
    package mutating func append(_ operation: HistoryOperation) {
        precondition(operation.isWellFormed, "line \(operation.line): the result is not one of the request")
        operations.append(operation)
        if operation.line == 0 { operations[operations.count - 1].line = operations.count }
    }

    /// What became of the operation at `place` is known only now.
    package mutating func complete(_ place: Int, at end: UInt64, _ result: HistoryResult) {
        operations[place].end = end
        operations[place].result = result
        precondition(
            operations[place].isWellFormed, "line \(operations[place].line): the result is not one of the request")
    }
}

/// A request with its two ends.
package struct HistoryOperation: Sendable, Equatable {
    /// Where it stands in the file, from 1 on.
    package var line: Int
    package var client: UInt64
    package var node: Symbol
    /// Microseconds on the recorder's clock, which is one for all clients.
    package var start: UInt64
    /// `nil` when the outcome is unknown.
    package var end: UInt64?
    /// Writes with the same key are attempts at one write: it takes effect once at most.
    package var idempotencyKey: Symbol?
    package var request: HistoryRequest
    package var result: HistoryResult

    package init(
        line: Int = 0, client: UInt64, node: Symbol, start: UInt64, end: UInt64? = nil, idempotencyKey: Symbol? = nil,
        _ request: HistoryRequest, _ result: HistoryResult = .unknown
    ) {
        self.line = line
        self.client = client
        self.node = node
        self.start = start
        self.end = end
        self.idempotencyKey = idempotencyKey
        self.request = request
        self.result = result
    }

    /// Whether the result is one of the request, and the ends are in order.
    package var isWellFormed: Bool {
        guard end.map({ $0 >= start }) ?? (result == .unknown) else { return false }
        guard idempotencyKey == nil || request.isWrite else { return false }
        return request.mayHave(result)
    }
}

extension HistoryRequest {
    /// Whether `result` is one of it.
    package func mayHave(_ result: HistoryResult) -> Bool {
        switch (self, result) {
        case (_, .unknown), (_, .refused): return true
        case (.put, .put), (.delete, .delete), (.put, .conditionFailed), (.delete, .conditionFailed): return true
        case (.get, .value), (.list, .page), (.watch, .events): return true
        case (.transaction(let transaction), .transaction(let succeeded, _, let results)):
            return HistoryRequest.matches(transaction.branch(succeeded), results)
        case (.session(let request), .session(let result)): return request.mayHave(result)
        case (.heap(let request), .heap(let result)): return request.mayHave(result)
        default: return false
        }
    }

    private static func matches(_ steps: [HistoryTransaction.Step], _ results: [HistoryResult.StepResult]) -> Bool {
        guard steps.count == results.count else { return false }
        return zip(steps, results).allSatisfy { step, result in
            switch (step, result) {
            case (.put, .put), (.delete, .delete), (.get, .get): true
            default: false
            }
        }
    }
}
