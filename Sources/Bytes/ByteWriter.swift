/// A growing buffer of bytes with the encodings that the log, the wire and the snapshots share.
///
/// Integers are little-endian; varints are unsigned LEB128; a length prefix is a varint.
/// ``ByteReader`` reads what this writes.
package struct ByteWriter: Sendable {
    /// What has been written so far.
    package var bytes: [UInt8]

    /// An empty writer.
    /// - Parameter capacity: how many bytes to make room for ahead.
    @inlinable
    package init(reserving capacity: Int = 0) {
        bytes = []
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// The number of bytes written.
    @inlinable
    package var count: Int { bytes.count }

    /// Appends an integer in little-endian order, as many bytes as its type is wide.
    @inlinable
    package mutating func append(_ value: some FixedWidthInteger) {
        // Safe: the pointer covers a local value and does not leave the closure.
        unsafe withUnsafeBytes(of: value.littleEndian) { raw in
            unsafe bytes.append(contentsOf: raw)
        }
    }

    /// Appends the shortest LEB128 encoding of `value`: 1 to 10 bytes.
    @inlinable
    package mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends the bytes as they are.
    @inlinable
    package mutating func append(bytes more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Appends the bytes as they are.
    @inlinable
    package mutating func append(bytes more: ArraySlice<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Appends the bytes as they are.
    @inlinable
    package mutating func append(bytes more: some Collection<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Appends the UTF-8 of `text` without a length.
    @inlinable
    package mutating func append(utf8 text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Appends the count as a varint, then the bytes.
    @inlinable
    package mutating func appendLengthPrefixed(_ more: [UInt8]) {
        appendVarint(UInt64(more.count))
        bytes.append(contentsOf: more)
    }

    /// Appends the count as a varint, then the bytes.
    @inlinable
    package mutating func appendLengthPrefixed(_ more: ArraySlice<UInt8>) {
        appendVarint(UInt64(more.count))
        bytes.append(contentsOf: more)
    }

    /// Appends the count of UTF-8 bytes as a varint, then the UTF-8.
    @inlinable
    package mutating func appendLengthPrefixed(_ text: String) {
        appendVarint(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// Appends zeros until `count` is a multiple of `alignment`.
    /// - Precondition: `alignment` is positive.
    @inlinable
    package mutating func pad(toMultipleOf alignment: Int) {
        precondition(alignment > 0, "cannot pad to a multiple of \(alignment)")
        let excess = bytes.count % alignment
        if excess > 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - excess)) }
    }

    /// Replaces the bytes from `offset` on by `value`, little-endian: for a length or checksum known only later.
    /// - Precondition: the bytes replaced have been written.
    @inlinable
    package mutating func overwrite(_ value: some FixedWidthInteger, at offset: Int) {
        let width = value.bitWidth / 8
        precondition(
            offset >= 0 && width <= bytes.count && offset <= bytes.count - width,
            "overwriting \(width) bytes at \(offset) of \(bytes.count)"
        )
        for index in 0..<width {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }
}
