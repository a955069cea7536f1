import Bytes

/// The log on disk: what it holds, and what must be done to the files so that it holds more (the format is told in
/// `SegmentHeader.swift`). It does no I/O: its verbs return operations, and assume that they are performed in order,
/// completely, and one list after the other. Only a preparation may run beside them.
///
/// Memory: an offset per 64 KiB of log.
package struct SegmentedLog: Sendable {
    package struct Settings: Sendable, Equatable {
        /// The size of a segment file in bytes; one entry that is larger gets a larger one.
        package var segmentSize: UInt64
        /// The most bytes that are written before a sync, one larger entry excepted.
        package var maxBatchSize: Int

        package init(segmentSize: UInt64 = 64 << 20, maxBatchSize: Int = 4 << 20) {
            precondition(segmentSize >= 256 && maxBatchSize >= 256, "a segment has room for a header and a batch")
            self.segmentSize = segmentSize
            self.maxBatchSize = maxBatchSize
        }
    }

    /// One offset is kept for so many bytes of a segment.
    static let markDistance: UInt64 = 64 << 10

    /// A batch that can be found without reading what is before it.
    struct Mark: Sendable {
        let firstIndex: LogIndex
        let offset: UInt64
    }

    /// A segment file that holds entries of the log, or will.
    struct Segment: Sendable {
        let number: UInt64
        let firstIndex: LogIndex
        let seed: CRC32C
        /// The last entry here that is not void; `firstIndex - 1` when there is none.
        var lastIndex: LogIndex
        /// How many bytes have been written.
        var end: UInt64
        var marks: [Mark] = []
    }

    /// The newest segment file.
    struct Tail: Sendable {
        let number: UInt64
        let path: String
        var end: UInt64
        var fileSize: UInt64
        /// How far batches may reach; `nil` when the log goes on in a new segment.
        var limit: UInt64?
    }

    /// Where a list of operations began to write.
    struct InFlight: Sendable {
        let segment: UInt64
        let offset: UInt64
        let firstIndex: LogIndex
    }

    /// A segment file before the newest.
    struct Older: Sendable {
        let number: UInt64
        let size: UInt64
    }

    package let settings: Settings

    /// The cluster whose log this is; `.none` until the first entry makes it. Set it before the first entry is appended; again only if
    /// that entry was truncated and another founds the cluster.
    package var clusterID: ClusterID {
        didSet {
            precondition(lastPosition == .zero || clusterID == oldValue, "segments of one log belong to one cluster")
        }
    }

    /// The last entry, written or about to be.
    package internal(set) var lastPosition = LogPosition.zero

    /// - Invariant: ascending in number and in `firstIndex`; together they hold every entry once. While `tail` has a limit the
    ///   last one is the tail.
    var segments: [Segment] = []
    var tail: Tail?
    var nextBatch: UInt64 = 1
    /// Whether the last batch holds entries, or a truncation is not on the disk yet.
    var isUnsealed = false
    /// The last list of operations: it may still be under way.
    var inFlight: InFlight?
    /// All segment files but the tail, also those whose entries are void: ascending and without gaps.
    var older: [Older] = []

    var nextFile = Preparation.none
    var preparedFiles: UInt64 = 0

    /// The folder of the segments, in a data directory.
    package static let directory = SegmentName.directory

    /// A log that was never written. One that is on disk is read by `recover`.
    package init(clusterID: ClusterID, settings: Settings) {
        self.clusterID = clusterID
        self.settings = settings
    }

    /// The lowest index that can be read; `lastPosition.index + 1` when the log is empty.
    package var firstIndex: LogIndex { segments.first?.firstIndex ?? lastPosition.index + 1 }

    /// How many segment files there are.
    package var segmentCount: Int { older.count + (tail == nil ? 0 : 1) }

    /// The size of all segment files, zeros written ahead included.
    package var bytesOnDisk: UInt64 { older.reduce(tail?.fileSize ?? 0) { $0 + $1.size } }

    // MARK: - Verbs

    /// Appends `entries`, in one batch or, when they do not fit, in several.
    /// - Parameter commitIndex: what is known to be committed; a start applies up to the highest one it finds.
    /// - Precondition: `entries` continue the log without a gap, their terms never fall, `clusterID` is known.
    /// - Returns: what to do, in order; once all of it is done the entries are durable. Empty when `entries` is.
    /// - Complexity: O(bytes)
    package mutating func append(_ entries: ArraySlice<LogEntry>, commitIndex: LogIndex) -> [DiskOperation] {
        var operations: [DiskOperation] = []
        inFlight = nil
        var rest = entries
        while !rest.isEmpty {
            let (count, length) = batchLimits(of: rest)
            writeBatch(rest.prefix(count), length: length, commitIndex: commitIndex, into: &operations)
            rest = rest.dropFirst(count)
        }
        return operations
    }

    /// Appends `entries`.
    package mutating func append(_ entries: [LogEntry], commitIndex: LogIndex) -> [DiskOperation] {
        append(entries[...], commitIndex: commitIndex)
    }

    /// Makes everything above `last` void. It takes effect on disk with the next batch, which begins a new segment: until then a
    /// crash brings the entries back, which is as if the truncation had not happened yet.
    /// - Precondition: the log holds `last`.
    package mutating func truncate(after last: LogPosition) {
        precondition(last.index <= lastPosition.index, "the log ends at \(lastPosition), before \(last)")
        precondition(last.index + 1 >= firstIndex, "the log begins at index \(firstIndex), behind \(last)")
        guard last.index < lastPosition.index else {
            precondition(last.term == lastPosition.term, "the log ends at \(lastPosition), not at \(last)")
            return
        }
        forget(after: last.index)
        lastPosition = last
        tail?.limit = nil
        isUnsealed = true
    }

    /// Writes an empty batch behind the last one, which from then on is never taken for torn.
    /// - Returns: what to do; empty when the last batch is sealed already.
    package mutating func seal(commitIndex: LogIndex) -> [DiskOperation] {
        guard isUnsealed else { return [] }
        var operations: [DiskOperation] = []
        inFlight = nil
        writeBatch([], length: BatchHeader.size, commitIndex: commitIndex, into: &operations)
        return operations
    }

    // MARK: - Writing

    /// How many of `entries` the next batch takes, and its length in bytes: as many as fit, one at least.
    private func batchLimits(of entries: ArraySlice<LogEntry>) -> (count: Int, length: Int) {
        let limit = min(settings.maxBatchSize, Int(settings.segmentSize - SegmentHeader.size))
        var count = 0
        var length = BatchHeader.size
        for entry in entries {
            let size = Batch.recordSize(payload: entry.payload.count)
            if count > 0, length + size > limit { break }
            count += 1
            length += size
        }
        return (count, length)
    }

    private mutating func writeBatch(
        _ entries: ArraySlice<LogEntry>, length: Int, commitIndex: LogIndex, into operations: inout [DiskOperation]
    ) {
        if let tail, let limit = tail.limit, tail.end + UInt64(length) <= limit {
            noteInFlight(segment: tail.number, offset: tail.end)
            var writer = ByteWriter(reserving: length)
            encode(entries, length: length, commitIndex: commitIndex, into: &writer)
            operations.append(.write(path: tail.path, offset: tail.end, bytes: writer.bytes))
            operations.append(.sync(path: tail.path))
        } else {
            closeTail(into: &operations)
            startSegment(entries, length: length, commitIndex: commitIndex, into: &operations)
        }
        note(entries, length: UInt64(length))
    }

    /// Begins a segment with a batch of `entries`: the file gets its name when both are synced.
    mutating func startSegment(
        _ entries: ArraySlice<LogEntry>, length: Int, commitIndex: LogIndex, into operations: inout [DiskOperation]
    ) {
        let size = SegmentHeader.size + UInt64(length)
        let path: String
        var preparedSize: UInt64 = 0
        if case .ready(let prepared) = nextFile, size <= settings.segmentSize {
            path = prepared
            preparedSize = settings.segmentSize
            nextFile = .none
        } else {
            path = newFilePath()
            operations.append(.create(path: path))
        }
        let header = SegmentHeader(
            clusterID: clusterID, number: (tail?.number ?? 0) + 1, firstIndex: lastPosition.index + 1,
            previousTerm: lastPosition.term, previousEnd: tail?.end ?? 0, preparedSize: preparedSize)
        begin(header, fileSize: preparedSize)
        tail?.limit = preparedSize > 0 ? preparedSize : max(size, settings.segmentSize)
        noteInFlight(segment: header.number, offset: SegmentHeader.size)

        var writer = ByteWriter(reserving: Int(size))
        header.encode(into: &writer)
        encode(entries, length: length, commitIndex: commitIndex, into: &writer)
        operations += [
            .write(path: path, offset: 0, bytes: writer.bytes),
            .sync(path: path),
            .rename(from: path, to: SegmentName.path(ofSegment: header.number)),
            .syncDirectory(path: SegmentName.directory),
        ]
    }

    private mutating func noteInFlight(segment: UInt64, offset: UInt64) {
        inFlight = inFlight ?? InFlight(segment: segment, offset: offset, firstIndex: lastPosition.index + 1)
    }

    /// Gives back what is left of the last segment. No sync: the next header tells how many of its bytes count.
    private mutating func closeTail(into operations: inout [DiskOperation]) {
        guard let tail, tail.fileSize > tail.end else { return }
        operations.append(.truncate(path: tail.path, size: tail.end))
        self.tail?.fileSize = tail.end
    }

    private func encode(
        _ entries: ArraySlice<LogEntry>, length: Int, commitIndex: LogIndex, into writer: inout ByteWriter
    ) {
        precondition(clusterID != .none, "a log belongs to a cluster before anything is written")
        guard let segment = segments.last else { preconditionFailure("a batch lies in a segment") }
        Batch.encode(
            entries, number: nextBatch, commitIndex: commitIndex, length: length, seed: segment.seed, into: &writer)
    }
}
