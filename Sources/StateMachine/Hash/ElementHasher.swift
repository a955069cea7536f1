/// Hashes one element of a state. The result depends on what it is fed and on nothing else: no seed, no machine, no run.
///
/// Two words at a time are multiplied to 128 bits and folded to 64, the step of Wang Yi's wyhash; two lanes take turns, so that a processor
/// has two multiplications under way. Not proof against who looks for collisions.
struct ElementHasher {
    /// Elements of different kinds are never the same.
    enum Kind: UInt64 {
        case head = 1
        case entry, put, delete, session, answer, keyed, logEntry, log, heap, mcpSession
    }

    // The first 256 bits of the fraction of π: no choice of ours.
    private static var pi0: UInt64 { 0x243F_6A88_85A3_08D3 }
    private static var pi1: UInt64 { 0x1319_8A2E_0370_7344 }
    private static var pi2: UInt64 { 0xA409_3822_299F_31D0 }
    private static var pi3: UInt64 { 0x082E_FA98_EC4E_6C89 }

    private var lane: UInt64
    private var other = ElementHasher.pi3

    @inline(__always)
    init(_ kind: Kind) { lane = ElementHasher.pi2 ^ kind.rawValue }

    /// Takes two words.
    @inline(__always)
    mutating func add(_ first: UInt64, _ second: UInt64 = 0) {
        // What the lane had is kept beside the product, which may be zero.
        let mixed = lane ^ ElementHasher.fold(first ^ ElementHasher.pi0, second ^ lane ^ ElementHasher.pi1)
        lane = other
        other = mixed
    }

    /// Takes bytes, with their number: what follows is not mistaken for more of them.
    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        // Safe: a `UInt8` has no padding, and `raw` does not outlive `bytes`.
        let raw = unsafe bytes.span.bytes
        let count = bytes.count
        guard count >= 16 else { return addShort(raw) }
        var offset = 0
        // Both lanes in one turn: neither has to move.
        while offset &+ 32 <= count {
            add(ElementHasher.word(raw, offset), ElementHasher.word(raw, offset &+ 8))
            add(ElementHasher.word(raw, offset &+ 16), ElementHasher.word(raw, offset &+ 24))
            offset &+= 32
        }
        if offset &+ 16 <= count {
            add(ElementHasher.word(raw, offset), ElementHasher.word(raw, offset &+ 8))
            offset &+= 16
        }
        // The last sixteen bytes, some of them for the second time.
        if offset < count { add(ElementHasher.word(raw, count &- 16), ElementHasher.word(raw, count &- 8)) }
    }

    /// Takes less than sixteen bytes as two words, which may overlap.
    private mutating func addShort(_ raw: RawSpan) {
        let count = raw.byteCount
        if count >= 8 {
            add(ElementHasher.word(raw, 0), ElementHasher.word(raw, count &- 8))
        } else if count > 0 {
            var word: UInt64 = 0
            for offset in 0..<count {
                // Safe: the offset lies below the count, and any bits are an integer.
                word = word << 8 | UInt64(unsafe raw.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
            }
            add(word)
        }
    }

    /// The hash of all that was added.
    @inline(__always)
    func finish() -> StateHash {
        let high = other ^ ElementHasher.fold(lane ^ ElementHasher.pi1, other ^ ElementHasher.pi2)
        let low = lane ^ ElementHasher.fold(other ^ ElementHasher.pi3, lane ^ ElementHasher.pi0)
        return StateHash(high: high, low: low)
    }

    /// The product, its upper half over its lower.
    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    /// The eight bytes from `offset` on.
    @inline(__always)
    private static func word(_ raw: RawSpan, _ offset: Int) -> UInt64 {
        // Safe: the callers stay within the span, and any bits are an integer.
        UInt64(littleEndian: unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }
}
