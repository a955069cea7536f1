// Attempts under one idempotency key are one write: it takes effect once at most, and has one answer.

extension History {
    /// The operations that may have had an effect or an answer: none that was refused, and one for all attempts under a key. That one
    /// begins with the first attempt and ends with the first answer.
    /// - Throws: when attempts of one write were answered differently.
    func effectiveOperations() throws(HistoryViolation) -> [HistoryOperation] {
        var effective: [HistoryOperation] = []
        var places: [Symbol: Int] = [:]
        for operation in operations where operation.result != .refused {
            guard let key = operation.idempotencyKey else {
                effective.append(operation)
                continue
            }
            if let place = places[key] {
                try merge(operation, into: &effective[place])
            } else {
                places[key] = effective.count
                effective.append(operation)
            }
        }
        return effective
    }

    private func merge(
        _ attempt: HistoryOperation, into first: inout HistoryOperation
    ) throws(HistoryViolation) {
        guard attempt.request == first.request else { return try choose(attempt, over: &first) }
        let start = min(first.start, attempt.start)
        if attempt.result.isAnswer {
            guard !first.result.isAnswer || first.result == attempt.result else {
                throw violation("two attempts at one write have different answers", attempt, first)
            }
            if !first.result.isAnswer || attempt.end ?? .max < first.end ?? .max { first = attempt }
        }
        first.start = start
    }

    /// Two requests under one key: whichever has an answer has taken the key, and the other has no effect.
    private func choose(_ other: HistoryOperation, over first: inout HistoryOperation) throws(HistoryViolation) {
        guard other.result.isAnswer else { return }
        guard !first.result.isAnswer else {
            throw violation("two different requests under one idempotency key were both carried out", other, first)
        }
        first = other
    }

    private func violation(_ reason: String, _ one: HistoryOperation, _ other: HistoryOperation) -> HistoryViolation {
        HistoryViolation(reason, lines: [one.line, other.line])
    }
}
