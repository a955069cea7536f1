// A watch tells exactly the changes, in their order.

extension StoreChecker {
    func checkWatches() throws(HistoryViolation) {
        var byPrefix: [Symbol: [HistoryEvent]] = [:]
        for operation in operations {
            guard case .watch(let prefix, _) = operation.request else { continue }
            let changes: [HistoryEvent]
            if let known = byPrefix[prefix] {
                changes = known
            } else {
                let bytes = symbols[prefix]
                changes = model.events.filter { symbols[$0.key].starts(with: bytes) }
                byPrefix[prefix] = changes
            }
            try check(operation, changes)
        }
    }

    /// - Parameter changes: all to keys with the prefix.
    private func check(_ operation: HistoryOperation, _ changes: [HistoryEvent]) throws(HistoryViolation) {
        guard case .watch(let prefix, let from) = operation.request,
            case .events(let events, let until) = operation.result
        else { return }
        try checkForm(operation, events, prefix, from)
        var expected = changes[changes.partitionPoint { $0.revision < from }...]
        for event in events {
            if let next = expected.first, next == event {
                expected.removeFirst()
                continue
            }
            if let next = expected.first, (next.revision, next.number) < (event.revision, event.number) {
                throw violation("a watch leaves out", next, operation)
            }
            throw violation("a watch tells what did not happen:", event, operation)
        }
        if let next = expected.first, next.revision <= until {
            throw violation("a watch that is complete up to revision \(until) leaves out", next, operation)
        }
    }

    private func checkForm(
        _ operation: HistoryOperation, _ events: [HistoryEvent], _ prefix: Symbol, _ from: UInt64
    ) throws(HistoryViolation) {
        var last: HistoryEvent?
        let bytes = symbols[prefix]
        for event in events {
            guard symbols[event.key].starts(with: bytes) else {
                throw violation("a watch of \(describe(prefix)) tells of another key:", event, operation)
            }
            guard event.revision >= from else {
                throw violation("a watch from revision \(from) on tells what came before:", event, operation)
            }
            if let last, (last.revision, last.number) >= (event.revision, event.number) {
                let isTwice = (last.revision, last.number) == (event.revision, event.number)
                throw violation("a watch tells \(isTwice ? "twice" : "out of order")", event, operation)
            }
            last = event
        }
    }

    private func violation(_ reason: String, _ event: HistoryEvent, _ operation: HistoryOperation) -> HistoryViolation {
        let change = event.value.map { "put \(symbols.describe($0))" } ?? "delete"
        return HistoryViolation(
            "\(reason) change \(event.revision).\(event.number) of \(describe(event.key)) (\(change))",
            lines: [operation.line] + (line(ofRevision: event.revision).map { [$0] } ?? []))
    }
}
