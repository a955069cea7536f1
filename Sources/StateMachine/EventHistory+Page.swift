extension EventHistory {
    /// The most events that one page looks at, whether they match or not.
    private static var maximumScan: Int { 4096 }

    /// The changes after `position` to keys that begin with `prefix`, a page at a time.
    /// - Parameters:
    ///   - end: the last revision applied.
    ///   - limit: the most events, at least 1.
    ///   - maxBytes: the most bytes of keys and values together; exceeded only by a page of one event.
    /// - Complexity: O(log n), and a bounded number of events.
    func page(
        after position: EventPosition, prefix: [UInt8], limit: Int, maxBytes: Int, end: UInt64
    ) -> EventPage {
        precondition(limit >= 1, "a page of \(limit) events")
        // Whether something of its own revision is missing is not known below the floor, unless none of it is wanted.
        let wantsOwn = position.number < .max
        guard position.revision >= floor || !wantsOwn && position.revision + 1 >= floor else {
            return .belowFloor(floor: floor)
        }
        var found: [Event] = []
        var bytes = 0
        var scanned = 0
        var last = position
        var (chunkIndex, index) = place(after: position)
        while chunkIndex < chunks.count {
            let chunk = chunks[chunkIndex]
            while index < chunk.records.count {
                guard scanned < EventHistory.maximumScan else { return .page(events: found, next: last) }
                let key = chunk.key(at: index)
                if key.starts(with: prefix) {
                    bytes += key.count + (chunk.records[index].value?.count ?? 0)
                    guard found.isEmpty || (found.count < limit && bytes <= maxBytes) else {
                        return .page(events: found, next: last)
                    }
                    found.append(chunk.event(at: index))
                }
                last = chunk.records[index].position
                scanned += 1
                index += 1
            }
            index = 0
            chunkIndex += 1
        }
        return .page(events: found, next: max(position, EventPosition(revision: end, number: .max)))
    }

    /// Where the first event after `position` lies.
    private func place(after position: EventPosition) -> (chunk: Int, index: Int) {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            // The last of a chunk tells whether the place lies behind it.
            let records = chunks[middle].records
            if records[records.count - 1].position <= position { low = middle + 1 } else { high = middle }
        }
        guard low < chunks.count else { return (low, 0) }
        return (low, chunks[low].count(notAfter: position, from: low == 0 ? evicted : 0))
    }
}
