// A list is a page of the whole store at its revision.

extension StoreChecker {
    /// The most bytes of keys and values together that a page has, unless it has a single entry.
    private static let maximumPageBytes = 4 << 20

    /// Compares a list with the store as it is now: all writes of its revision and before are carried out.
    mutating func checkList(_ operation: HistoryOperation) throws(HistoryViolation) {
        guard case .list(let list) = operation.request, case .page(let page) = operation.result else { return }
        var rest = page.entries[...]
        var next: Symbol?
        for key in keys.keys(prefix: list.prefix, startAfter: list.startAfter) {
            let found = model.value(of: key)
            if let shown = rest.first, shown.key == key {
                guard shown.found == found else {
                    throw mismatch(operation, page, key, "shows \(describe(shown.found)) under", found)
                }
                rest.removeFirst()
            } else if found != nil {
                guard !rest.isEmpty || !page.hasMore else {
                    next = key
                    break
                }
                let end = operation.end ?? .max
                let unseen = unseenEffects(on: key, before: page.revision + 1, seenBy: end)
                let delete = unseen.first { $0.value == nil }
                guard delete != nil || isClouded([key], before: page.revision + 1, seenBy: end, isAbsence: true) else {
                    throw mismatch(operation, page, key, "does not show", found)
                }
                model.assume(nil, of: key, before: page.revision + 1)
                if let delete { unknown.assume(delete, on: key) }
            }
        }
        if let stranger = rest.first {
            throw mismatch(
                operation, page, stranger.key, "shows, out of order or place,", model.value(of: stranger.key))
        }
        try checkEnd(of: page, list, before: next, operation)
    }

    /// A page ends where it is full, or nothing follows.
    private func checkEnd(
        of page: HistoryPage, _ list: HistoryList, before next: Symbol?, _ operation: HistoryOperation
    ) throws(HistoryViolation) {
        guard page.entries.count <= list.limit else {
            throw HistoryViolation(
                "a list has \(page.entries.count) entries, more than its limit of \(list.limit)",
                lines: [operation.line])
        }
        guard page.hasMore else { return }
        guard let next, let found = model.value(of: next) else {
            let isUnseen = keys.keys(prefix: list.prefix, startAfter: page.entries.last?.key ?? list.startAfter)
                .contains { key in
                    unseenEffects(on: key, before: page.revision + 1, seenBy: operation.end ?? .max)
                        .contains { $0.value != nil }
                }
            if isUnseen { return }
            throw HistoryViolation("a list says that more follows, and nothing does", lines: [operation.line])
        }
        let bytes = page.entries.reduce(symbols[next].count + symbols[found.value].count) {
            $0 + symbols[$1.key].count + symbols[$1.found.value].count
        }
        guard page.entries.count == list.limit || bytes > StoreChecker.maximumPageBytes else {
            throw HistoryViolation(
                "a list ends after \(page.entries.count) of \(list.limit) entries, though more follows",
                lines: [operation.line])
        }
    }

    private func mismatch(
        _ operation: HistoryOperation, _ page: HistoryPage, _ key: Symbol, _ what: String, _ found: HistoryValue?
    ) -> HistoryViolation {
        let writer = model.timeline(of: key).last.flatMap { line(ofRevision: $0.place / 2) }
        return HistoryViolation(
            "a list at revision \(page.revision) \(what) \(describe(key)), which holds \(describe(found)) there",
            lines: [operation.line] + (writer.map { [$0] } ?? []))
    }
}
