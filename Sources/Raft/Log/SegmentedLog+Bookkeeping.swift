/// Where things lie, for appends and for recovery.
extension SegmentedLog {
    /// The segment with `header` is the newest now.
    mutating func begin(_ header: SegmentHeader, fileSize: UInt64) {
        if let tail { older.append(Older(number: tail.number, size: tail.fileSize)) }
        tail = Tail(
            number: header.number, path: SegmentName.path(ofSegment: header.number), end: SegmentHeader.size,
            fileSize: fileSize, limit: nil)
        segments.append(
            Segment(
                number: header.number, firstIndex: header.firstIndex, seed: header.seed,
                lastIndex: header.firstIndex - 1, end: SegmentHeader.size))
    }

    /// A batch of `length` bytes follows in the newest segment.
    mutating func note(_ entries: ArraySlice<LogEntry>, length: UInt64) {
        guard var tail, let place = segments.indices.last else { preconditionFailure("a batch lies in a segment") }
        for entry in entries {
            precondition(
                entry.index == lastPosition.index + 1 && entry.term >= lastPosition.term,
                "entry \(entry.position) does not continue a log that ends at \(lastPosition)")
            lastPosition = entry.position
        }
        if let first = entries.first {
            let lastMark = segments[place].marks.last
            if lastMark == nil || tail.end - (lastMark?.offset ?? 0) >= Self.markDistance {
                segments[place].marks.append(Mark(firstIndex: first.index, offset: tail.end))
            }
        }
        tail.end += length
        tail.fileSize = max(tail.fileSize, tail.end)
        segments[place].end = tail.end
        segments[place].lastIndex = lastPosition.index
        self.tail = tail
        nextBatch += 1
        isUnsealed = !entries.isEmpty
    }

    /// Drops what leads to entries above `index`.
    mutating func forget(after index: LogIndex) {
        while let last = segments.last, last.firstIndex > index { segments.removeLast() }
        guard let place = segments.indices.last else { return }
        segments[place].lastIndex = min(segments[place].lastIndex, index)
        segments[place].marks.removeAll { $0.firstIndex > index }
    }
}
