import Bytes

/// Whole batches of one segment file, to be read for a follower that lags behind memory.
package struct LogRead: Sendable, Equatable {
    /// The file, relative to the data directory.
    package let path: String
    package let offset: UInt64
    /// How many bytes.
    package let count: Int
    /// The first entry that is wanted; the batches may hold others before it.
    package let firstIndex: LogIndex
    let segment: UInt64
}

/// Entries that lie on disk.
extension SegmentedLog {
    /// Where the entries from `index` on lie, as far as one read should go: in one segment, about `maxBytes`, but at least the batch
    /// that holds `index`. Operations that may still be under way are left out, unless `index` is in them.
    /// - Precondition: the entry at `index` is durable.
    /// - Returns: `nil` when the log does not hold `index`.
    /// - Complexity: O(log segments + log offsets kept of one, and the offsets of `maxBytes`)
    package func read(from index: LogIndex, maxBytes: Int) -> LogRead? {
        guard index >= firstIndex, index <= lastPosition.index else { return nil }
        let segment = segments[segments.partitionPoint { $0.firstIndex <= index } - 1]
        let next = segment.marks.partitionPoint { $0.firstIndex <= index }
        precondition(next > 0, "every entry of a segment lies behind its first offset")
        let start = segment.marks[next - 1].offset
        var end = segment.end
        if next < segment.marks.count, end - start > UInt64(maxBytes) {
            var last = next
            while last + 1 < segment.marks.count, segment.marks[last + 1].offset - start <= UInt64(maxBytes) {
                last += 1
            }
            end = segment.marks[last].offset
        }
        if let inFlight, inFlight.segment == segment.number, inFlight.firstIndex > index {
            end = min(end, inFlight.offset)
        }
        return LogRead(
            path: SegmentName.path(ofSegment: segment.number), offset: start, count: Int(end - start),
            firstIndex: index,
            segment: segment.number)
    }

    /// The entries of `read` from `read.firstIndex` on, dense; fewer or none when the log was truncated meanwhile.
    /// - Parameter bytes: what was read: `read.count` bytes.
    /// - Throws: where the bytes are not what was written.
    package func entries(of read: LogRead, bytes: [UInt8]) throws(CorruptionError) -> [LogEntry] {
        let place = segments.partitionPoint { $0.number < read.segment }
        guard place < segments.count, segments[place].number == read.segment else { return [] }
        let segment = segments[place]
        var wanted: [LogEntry] = []
        var position = 0
        while position < read.count {
            let offset = read.offset + UInt64(position)
            guard let header = BatchHeader(bytes, at: position, seed: segment.seed),
                position + header.length <= bytes.count
            else { throw CorruptionError(path: read.path, offset: offset, reason: "a batch was here and is not") }
            do throws(Batch.Damage) {
                let entries = try Batch.decode(header, in: bytes, at: position)
                wanted += entries.lazy.filter { $0.index >= read.firstIndex && $0.index <= segment.lastIndex }
            } catch {
                throw error.corruption(path: read.path, batchOffset: offset)
            }
            position += header.length
        }
        return wanted
    }
}

extension Array {
    /// The index of the first element for which `isBefore` is false; it must be true for all before it.
    /// - Complexity: O(log n)
    func partitionPoint(where isBefore: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Batch.Damage {
    func corruption(path: String, batchOffset: UInt64) -> CorruptionError {
        switch self {
        case .torn(let offset, let reason), .invalid(let offset, let reason):
            CorruptionError(path: path, offset: batchOffset + UInt64(offset), reason: reason)
        }
    }
}
