/// The Castagnoli CRC of iSCSI (RFC 3720 section 12.1, polynomial 0x1EDC6F41): the checksum of every record on disk
/// and every message between nodes.
///
/// Computed eight bytes at a time (Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC
/// Generation", 2008): over 1 GB/s without special instructions. Feeding a message in parts gives the same value.
package struct CRC32C: Sendable {
    /// The register: the CRC so far, complemented.
    private var register: UInt32 = ~0

    /// The checksum of no bytes yet.
    package init() {}

    /// The checksum of all bytes fed so far.
    package var value: UInt32 { ~register }

    /// Feeds bytes.
    /// - Complexity: O(n)
    package mutating func update(_ bytes: Span<UInt8>) {
        let table = Self.tables.span
        // Known once here, it lets the compiler drop the bounds checks of the lookups below.
        precondition(table.count == 8 * 256)
        // Safe: a `UInt8` has no padding, and `raw` does not outlive `bytes`.
        let raw = unsafe bytes.bytes
        let wordsEnd = bytes.count & ~7
        var crc = register
        var index = 0
        while index < wordsEnd {
            // Safe: `index + 8 <= wordsEnd <= count`, and any bits are an integer.
            let loaded = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let word = UInt64(littleEndian: loaded) ^ UInt64(crc)
            let low =
                table[1792 + Int(word & 0xFF)] ^ table[1536 + Int(word >> 8 & 0xFF)]
                ^ table[1280 + Int(word >> 16 & 0xFF)] ^ table[1024 + Int(word >> 24 & 0xFF)]
            let high =
                table[768 + Int(word >> 32 & 0xFF)] ^ table[512 + Int(word >> 40 & 0xFF)]
                ^ table[256 + Int(word >> 48 & 0xFF)] ^ table[Int(word >> 56)]
            crc = low ^ high
            index += 8
        }
        while index < bytes.count {
            crc = crc >> 8 ^ table[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        register = crc
    }

    /// Feeds bytes.
    package mutating func update(_ bytes: [UInt8]) {
        update(bytes.span)
    }

    /// Feeds bytes.
    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        update(bytes.span)
    }

    /// Feeds the bytes of a buffer, which must stay valid for the call.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // Safe as far as the caller's buffer is: the span does not outlive the call.
        update(unsafe Span<UInt8>(_unsafeBytes: bytes))
    }

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        checksum(bytes.span)
    }

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        checksum(bytes.span)
    }

    /// The checksum of a buffer's bytes, which must stay valid for the call.
    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32C()
        // Safe as far as the caller's buffer is: the pointer does not outlive the call.
        unsafe crc.update(bytes)
        return crc.value
    }

    /// Eight tables of 256 in one array: entry `256 * k + b` is the register after byte `b` and then `k` zero bytes.
    private static let tables: [UInt32] = {
        let reversedPolynomial: UInt32 = 0x82F6_3B78
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ reversedPolynomial : crc >> 1
            }
            tables[byte] = crc
        }
        for index in 256..<8 * 256 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()
}
