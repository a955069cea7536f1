import Glibc

/// Several buffers on their way to one place in a file. The kernel may take them in parts.
struct GatheredWrite {
    /// What the system said instead of taking bytes.
    struct Failure: Error {
        let code: Int32
    }

    /// Buffers are pinned by recursion, so they are few.
    static let maximumBuffers = 16

    /// - Invariant: none is empty.
    private var buffers: ArraySlice<ArraySlice<UInt8>>
    /// Where the next byte goes.
    private(set) var offset: UInt64

    init(buffers: [ArraySlice<UInt8>], offset: UInt64) {
        precondition(buffers.count <= Self.maximumBuffers, "\(buffers.count) buffers in one write")
        self.buffers = buffers.filter { !$0.isEmpty }[...]
        self.offset = offset
    }

    var isDone: Bool { buffers.isEmpty }

    /// One call of `pwritev`.
    /// - Returns: how many bytes the kernel took; 0 when a signal came first.
    mutating func step(to descriptor: Int32) -> Result<Int, Failure> {
        let position = off_t(clamping: offset)
        let (count, code) = Self.withVectors(buffers) { vectors in
            let count = pwritev(descriptor, vectors, Int32(vectors.count), position)
            return (count, count < 0 ? errno : 0)
        }
        if code == EINTR { return .success(0) }
        // Taking nothing without a reason would go on forever.
        guard count > 0 else { return .failure(Failure(code: code == 0 ? EIO : code)) }
        consume(count)
        return .success(count)
    }

    private mutating func consume(_ count: Int) {
        offset += UInt64(count)
        var count = count
        while count > 0, let first = buffers.popFirst() {
            if first.count > count { buffers.insert(first.dropFirst(count), at: buffers.startIndex) }
            count -= min(count, first.count)
        }
    }

    private static func withVectors<Answer>(
        _ buffers: ArraySlice<ArraySlice<UInt8>>, after vectors: [iovec] = [], _ body: ([iovec]) -> Answer
    ) -> Answer {
        guard let first = buffers.first else { return body(vectors) }
        return first.withUnsafeBytes { bytes in
            let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            let vector = iovec(iov_base: base, iov_len: bytes.count)
            return withVectors(buffers.dropFirst(), after: vectors + [vector], body)
        }
    }
}
