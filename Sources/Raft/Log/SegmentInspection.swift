/// One segment file as it lies there, for a person to look at: read as far as it verifies, whatever the rest of the directory
/// says. Recovery decides what it means; this only tells what is there.
package struct SegmentInspection: Sendable {
    package let path: String
    /// 1 for the first segment.
    package let number: UInt64
    /// Of the file, in bytes.
    package let size: UInt64
    package let clusterID: ClusterID
    /// The index of the first entry that the segment may hold: it voids what older ones hold from here on.
    package let firstIndex: LogIndex
    /// How many bytes of the segment before this one count.
    package let previousEnd: UInt64

    package private(set) var batchCount = 0
    package private(set) var entryCount = 0
    /// The first and the last entry that verify.
    package private(set) var firstPosition: LogPosition?
    package private(set) var lastPosition: LogPosition?
    /// The highest commit index that a batch tells.
    package private(set) var commitIndex: LogIndex = 0
    /// How many bytes verify.
    package private(set) var verifiedSize: UInt64
    /// What is wrong behind them; in the last segment of a log it may be a write that a crash tore, and nothing is lost.
    package private(set) var damage: CorruptionError?

    private let header: SegmentHeader

    /// The numbers of the segments in a directory, in order.
    package static func numbers(in image: some DirectoryImage) throws(DiskReadFailure) -> [UInt64] {
        try image.names(in: SegmentName.directory).compactMap(SegmentName.number(of:)).sorted()
    }

    /// Where segment `number` is.
    package static func path(of number: UInt64) -> String { SegmentName.path(ofSegment: number) }

    /// Reads the header.
    /// - Throws: `.corruption` when it is damaged: without it nothing in the file can be verified.
    package init(reading number: UInt64, in image: some DirectoryImage) throws(RecoveryFailure) {
        self.number = number
        path = SegmentName.path(ofSegment: number)
        let bytes: [UInt8]
        do throws(DiskReadFailure) {
            size = try image.size(of: path) ?? 0
            bytes = try image.read(path, offset: 0, count: Int(SegmentHeader.size))
        } catch {
            throw .disk(error)
        }
        do throws(CorruptionError) {
            header = try SegmentHeader.decode(bytes, number: number, path: path)
        } catch {
            throw .corruption(error)
        }
        clusterID = header.clusterID
        firstIndex = header.firstIndex
        previousEnd = header.previousEnd
        verifiedSize = SegmentHeader.size
    }

    /// Reads the batches, up to the first that does not verify.
    ///
    /// - Parameters:
    ///   - end: where they end, as the next segment's `previousEnd` tells; `nil` in the last segment.
    ///   - visit: gets the entries of each batch, and the highest commit index that a batch told so far.
    /// - Complexity: O(bytes); memory for a few MiB of them, or for the largest batch.
    package mutating func readBatches(
        in image: some DirectoryImage, upTo end: UInt64?,
        visit: (_ entries: [LogEntry], _ commitIndex: LogIndex) -> Void
    ) throws(DiskReadFailure) {
        let seed = header.seed
        let limit = min(end ?? size, size)
        var window = FileWindow(path: path, limit: limit)
        while verifiedSize < limit {
            try window.hold(BatchHeader.size, at: verifiedSize, from: image)
            let place = window.place(of: verifiedSize)
            guard let batch = BatchHeader(window.bytes, at: place, seed: seed),
                UInt64(batch.length) <= limit - verifiedSize
            else { break }
            try window.hold(batch.length, at: verifiedSize, from: image)
            guard window.end >= verifiedSize + UInt64(batch.length) else { break }
            guard let entries = decode(batch, in: window) else { return }
            note(batch, entries)
            visit(entries, commitIndex)
        }
        damage = try damage(upTo: end, in: image)
    }

    /// The entries of a batch that lies in `window`; `nil` when it is damaged, and then ``damage`` tells where.
    private mutating func decode(_ batch: BatchHeader, in window: FileWindow) -> [LogEntry]? {
        do throws(Batch.Damage) {
            return try Batch.decode(batch, in: window.bytes, at: window.place(of: verifiedSize))
        } catch {
            damage = error.corruption(path: path, batchOffset: verifiedSize)
            return nil
        }
    }

    private mutating func note(_ batch: BatchHeader, _ entries: [LogEntry]) {
        verifiedSize += UInt64(batch.length)
        batchCount += 1
        entryCount += entries.count
        firstPosition = firstPosition ?? entries.first?.position
        lastPosition = entries.last?.position ?? lastPosition
        commitIndex = max(commitIndex, batch.commitIndex)
    }

    /// What stands where the next batch should be, if that is neither the end nor zeros.
    private func damage(upTo end: UInt64?, in image: some DirectoryImage) throws(DiskReadFailure) -> CorruptionError? {
        if let end {
            guard verifiedSize < end else { return nil }
            return CorruptionError(
                path: path, offset: verifiedSize,
                reason: "no batch verifies here, though the segment counts up to \(end)")
        }
        var offset = verifiedSize
        while offset < size {
            let bytes = try image.read(path, offset: offset, count: FileWindow.sliceSize)
            if bytes.isEmpty { break }
            guard bytes.allSatisfy({ $0 == 0 }) else {
                return CorruptionError(
                    path: path, offset: verifiedSize, reason: "no batch verifies here, nor is it the end")
            }
            offset += UInt64(bytes.count)
        }
        return nil
    }
}
