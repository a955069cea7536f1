import CLibUV

/// Bytes to be sent, in order. Small chunks are put together, large ones are kept as they came.
struct WriteQueue {
    /// Up to this size chunks are copied into one: cheaper than an element more for `writev`.
    private static let coalescedByteCount = 16 * 1024
    /// How many chunks one `writev` takes.
    private static let maximumGathered = 64

    private var chunks: [[UInt8]] = []
    /// The first chunk with something to send; those before it are spent.
    private var first = 0
    /// How much of that chunk is sent.
    private var sent = 0
    private(set) var byteCount = 0

    var isEmpty: Bool { byteCount == 0 }

    mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        byteCount += bytes.count
        if first < chunks.count, chunks[chunks.count - 1].count + bytes.count <= Self.coalescedByteCount {
            chunks[chunks.count - 1].append(contentsOf: bytes)
        } else {
            chunks.append(bytes)
        }
    }

    /// Takes bytes away from the front.
    mutating func removeFirst(_ count: Int) {
        precondition(count <= byteCount, "\(count) bytes sent of \(byteCount)")
        byteCount -= count
        var rest = count
        while rest > 0 {
            let left = chunks[first].count - sent
            guard rest >= left else {
                sent += rest
                break
            }
            rest -= left
            sent = 0
            chunks[first] = []
            first += 1
        }
        compact()
    }

    /// Moves bytes from the front into memory that the caller frees.
    mutating func takeFirst(atMost limit: Int) -> UnsafeMutableRawBufferPointer {
        let taken = UnsafeMutableRawBufferPointer.allocate(byteCount: min(limit, byteCount), alignment: 16)
        var filled = 0
        var index = first
        var skipped = sent
        while filled < taken.count {
            let part = chunks[index][skipped...].prefix(taken.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: taken[filled...]).copyBytes(from: part)
            filled += part.count
            index += 1
            skipped = 0
        }
        removeFirst(filled)
        return taken
    }

    /// Calls `body` with the first chunks, as many as one `writev` takes. They are valid during the call.
    /// - Returns: how many bytes `body` was offered, and what it answered.
    func withBuffers(_ body: (UnsafePointer<uv_buf_t>?, UInt32) -> Int32) -> (offered: Int, answer: Int32) {
        let count = min(chunks.count - first, Self.maximumGathered)
        return withUnsafeTemporaryAllocation(of: uv_buf_t.self, capacity: count) { buffers in
            gather(0, into: buffers, offered: 0, body)
        }
    }

    /// Each chunk's memory is certain only within a closure, hence one level of closures a chunk.
    private func gather(
        _ index: Int,
        into buffers: UnsafeMutableBufferPointer<uv_buf_t>,
        offered: Int,
        _ body: (UnsafePointer<uv_buf_t>?, UInt32) -> Int32
    ) -> (offered: Int, answer: Int32) {
        guard index < buffers.count else {
            return (offered, body(buffers.baseAddress, UInt32(buffers.count)))
        }
        return chunks[first + index].withUnsafeBufferPointer { chunk in
            let unsent = UnsafeBufferPointer(rebasing: index == 0 ? chunk[sent...] : chunk[...])
            // libuv only reads, though its type promises no such thing.
            let base = UnsafeMutableRawPointer(mutating: unsent.baseAddress)?.assumingMemoryBound(to: CChar.self)
            buffers.initializeElement(at: index, to: uv_buf_t(base: base, len: unsent.count))
            return gather(index + 1, into: buffers, offered: offered + unsent.count, body)
        }
    }

    /// Forgets spent chunks when they are all, or many.
    private mutating func compact() {
        if first == chunks.count {
            chunks.removeAll(keepingCapacity: true)
            first = 0
        } else if first >= 64, first * 2 >= chunks.count {
            chunks.removeFirst(first)
            first = 0
        }
    }
}
