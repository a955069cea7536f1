import Bytes

/// One session log: entries with the indexes `first..<next`, in chunks that copies share.
///
/// An index is given once: trimming moves `first`, never `next`. A copy takes O(chunks); only the last chunk is ever written to, and
/// trimmed is the first, each copied before if it is shared.
struct SessionLog: Sendable {
    /// What an entry takes beside its bytes, and a log beside its name and entries.
    static let entryOverhead = 16
    static let overhead = 256

    /// The least index that is still there; `next` when there is none.
    private(set) var first: UInt64
    /// The index of the next entry.
    private(set) var next: UInt64
    /// - Invariant: none is empty; together they have the entries from `first` to `next`.
    private var chunks: [Chunk] = []
    /// About how many bytes the entries take: a sum over them, however they came to be here.
    private(set) var bytes = 0
    /// The sum over the entries.
    private(set) var entriesHash = StateHash.zero

    /// An empty log, whose next entry gets `first`.
    init(first: UInt64 = 0) {
        self.first = first
        next = first
    }

    var count: UInt64 { next - first }
    var isEmpty: Bool { first == next }

    /// The newest entry; `nil` when there is none.
    /// - Complexity: O(bytes of the entry).
    var latest: LoggedSessionEntry? { isEmpty ? nil : entry(at: next - 1) }

    /// Adds an entry at the end.
    /// - Parameter encoded: what ``SessionEntry/encode(timestamp:)`` made.
    /// - Returns: its index.
    /// - Complexity: O(bytes), and a copy of a chunk if another log shares it.
    @discardableResult
    mutating func append(_ encoded: [UInt8]) -> UInt64 {
        let hash = StateHash.sessionEntry(encoded, index: next)
        let last = chunks.count - 1
        if last < 0 || chunks[last].isFull {
            chunks.append(Chunk(first: next))
        } else if !isKnownUniquelyReferenced(&chunks[last]) {
            chunks[last] = chunks[last].copy()
        }
        chunks[chunks.count - 1].append(encoded, hash: hash)
        bytes += encoded.count + SessionLog.entryOverhead
        entriesHash += hash
        defer { next += 1 }
        return next
    }

    /// Drops the entries before `index`; none beyond the end.
    /// - Complexity: O(chunks), and O(bytes) of the chunk that is cut.
    mutating func trim(before index: UInt64) {
        let index = min(index, next)
        guard index > first else { return }
        let gone = chunks.firstIndex { $0.next > index } ?? chunks.count
        for chunk in chunks[..<gone] { forget(chunk) }
        chunks.removeSubrange(..<gone)
        if let cut = chunks.first, cut.first < index {
            forget(cut)
            chunks[0] = cut.suffix(from: index)
            bytes += chunks[0].weight
            entriesHash += chunks[0].hash
        }
        first = index
    }

    private mutating func forget(_ chunk: Chunk) {
        bytes -= chunk.weight
        entriesHash -= chunk.hash
    }

    /// Calls `body` with the entries from `index` on as they are kept, in order, until it returns `false`.
    /// - Complexity: O(log chunks), and O(1) an entry.
    func forEach(from index: UInt64, _ body: (_ index: UInt64, _ encoded: ArraySlice<UInt8>) -> Bool) {
        guard index < next else { return }
        var index = max(index, first)
        for chunk in chunks[place(of: index)...] {
            while index < chunk.next {
                guard body(index, chunk[index]) else { return }
                index += 1
            }
        }
    }

    /// The newest entries, ascending: at most `limit` and `maxBytes`, but for a single one.
    /// - Complexity: O(bytes) of what it returns, and O(log chunks) an entry.
    func tail(limit: Int, maxBytes: Int) -> [LoggedSessionEntry] {
        var page = PageFill(limit: limit, maxBytes: maxBytes)
        var start = next
        while start > first, page.admits(chunks[place(of: start - 1)][start - 1].count) { start -= 1 }
        return (start..<next).map { entry(at: $0) }
    }

    /// - Precondition: there is an entry at `index`.
    private func entry(at index: UInt64) -> LoggedSessionEntry {
        SessionLog.decoded(index, chunks[place(of: index)][index])
    }

    static func decoded(_ index: UInt64, _ encoded: ArraySlice<UInt8>) -> LoggedSessionEntry {
        do {
            return try LoggedSessionEntry(index: index, encoded)
        } catch {
            preconditionFailure("entry \(index) of a session log was kept and is none: \(error)")
        }
    }

    /// The chunk that has the entry at `index`.
    private func place(of index: UInt64) -> Int {
        var low = 0
        var high = chunks.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if chunks[middle].first <= index { low = middle } else { high = middle - 1 }
        }
        return low
    }
}

extension SessionLog {
    /// A run of entries, their bytes side by side: to free a log of a million entries is to free a few thousand of these.
    ///
    /// Unchecked: a chunk is written only by the log that alone refers to it, and only read once it is shared.
    final class Chunk: @unchecked Sendable {
        private static let maximumCount = 256
        private static let maximumBytes = 64 << 10

        let first: UInt64
        private var bytes: [UInt8]
        /// Where each entry ends.
        private var ends: [Int]
        private(set) var hash: StateHash

        init(first: UInt64) {
            self.first = first
            bytes = []
            ends = []
            hash = .zero
        }

        private init(copying chunk: Chunk) {
            first = chunk.first
            bytes = chunk.bytes
            ends = chunk.ends
            hash = chunk.hash
        }

        var next: UInt64 { first + UInt64(ends.count) }
        var isFull: Bool { ends.count >= Chunk.maximumCount || bytes.count >= Chunk.maximumBytes }
        /// What its entries count in ``SessionLog/bytes``.
        var weight: Int { bytes.count + ends.count * SessionLog.entryOverhead }

        func copy() -> Chunk { Chunk(copying: self) }

        func append(_ encoded: [UInt8], hash: StateHash) {
            bytes.append(contentsOf: encoded)
            ends.append(bytes.count)
            self.hash += hash
        }

        /// The bytes of an entry.
        subscript(index: UInt64) -> ArraySlice<UInt8> {
            let place = Int(index - first)
            return bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]]
        }

        /// A chunk of the entries from `index` on.
        func suffix(from index: UInt64) -> Chunk {
            let rest = Chunk(first: index)
            for index in index..<next {
                let encoded = Array(self[index])
                rest.append(encoded, hash: .sessionEntry(encoded, index: index))
            }
            return rest
        }
    }
}
