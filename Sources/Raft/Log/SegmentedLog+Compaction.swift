/// What a snapshot makes superfluous goes, a segment file at a time.
extension SegmentedLog {
    /// Removes the segments all of whose entries are at or below `index`, the last one excepted.
    ///
    /// The files are removed in any order as far as a crash is concerned: a start takes the run of numbers that ends with the last
    /// segment, and removes what is left below it.
    /// - Precondition: a snapshot of `index` or above is durable; no list of operations of an append, a seal or a reset is under way.
    /// - Returns: what to do, beside appends if need be; empty when nothing can go.
    /// - Complexity: O(segments)
    package mutating func compact(through index: LogIndex) -> [DiskOperation] {
        guard let kept = segments.first(where: { $0.lastIndex > index }) ?? segments.last else { return [] }
        return removeSegments(below: kept.number)
    }

    /// Makes everything in the log void; it goes on after `position`, the end of a snapshot that was received.
    ///
    /// The new segment, with an empty batch, is durable before the old ones go.
    /// - Precondition: a received snapshot of `position` is durable under its name; `clusterID` is known.
    /// - Returns: what to do, in order.
    package mutating func reset(to position: LogPosition, commitIndex: LogIndex) -> [DiskOperation] {
        precondition(position.index > 0, "a snapshot holds an entry at least")
        segments = []
        lastPosition = position
        inFlight = nil
        var operations: [DiskOperation] = []
        startSegment([], length: BatchHeader.size, commitIndex: commitIndex, into: &operations)
        note([], length: UInt64(BatchHeader.size))
        guard let segment = segments.last else { preconditionFailure("a batch lies in a segment") }
        return operations + removeSegments(below: segment.number)
    }

    /// How many segments a snapshot of `index` makes superfluous.
    /// - Complexity: O(segments)
    package func segmentCount(through index: LogIndex) -> Int {
        segments.dropLast().count { $0.lastIndex <= index }
    }

    /// About how many bytes of log hold the entries behind `index`: what a reader of them would read.
    /// - Complexity: O(segments + log offsets kept of one)
    package func bytes(after index: LogIndex) -> UInt64 {
        var bytes: UInt64 = 0
        for segment in segments.reversed() where segment.lastIndex > index {
            let next = segment.marks.partitionPoint { $0.firstIndex <= index + 1 }
            bytes += segment.end - (next == 0 ? SegmentHeader.size : segment.marks[next - 1].offset)
        }
        return bytes
    }

    /// Whether the file of `read` is still there: it may have been removed since the read was planned.
    package func holds(_ read: LogRead) -> Bool {
        read.segment == tail?.number || older.contains { $0.number == read.segment }
    }

    private mutating func removeSegments(below number: UInt64) -> [DiskOperation] {
        let removed = older.prefix { $0.number < number }
        guard !removed.isEmpty else { return [] }
        older.removeFirst(removed.count)
        segments.removeAll { $0.number < number }
        return removed.map { .remove(path: SegmentName.path(ofSegment: $0.number)) }
            + [.syncDirectory(path: SegmentName.directory)]
    }
}
