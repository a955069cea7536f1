/// A cursor over bytes that may come from anywhere: it never reads past the end and never traps on what it reads.
///
/// The encodings are those of ``ByteWriter``. A read that fails leaves the cursor where it was, except that a failed
/// length-prefixed read may have passed the length.
package struct ByteReader: Sendable {
    /// Why bytes could not be read.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The bytes end before the value does.
        case truncated
        /// The bytes are there but are not an encoding of the value; the text says what is wrong.
        case malformed(String)

        package var description: String {
            switch self {
            case .truncated: "the bytes end too early"
            case .malformed(let reason): reason
            }
        }
    }

    @usableFromInline
    let bytes: ArraySlice<UInt8>

    /// The index of the next byte in `bytes`.
    /// - Invariant: `bytes.startIndex <= position <= bytes.endIndex`
    @usableFromInline
    var position: Int

    /// A reader at the start of `bytes`.
    @inlinable
    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    /// A reader at the start of `bytes`; offsets count from the start of the slice.
    @inlinable
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// How many bytes have been read.
    @inlinable
    package var offset: Int { position - bytes.startIndex }

    /// How many bytes are left.
    @inlinable
    package var remaining: Int { bytes.endIndex - position }

    /// Whether all has been read.
    @inlinable
    package var isAtEnd: Bool { position == bytes.endIndex }

    /// Reads one byte.
    @inlinable
    package mutating func readUInt8() throws(Failure) -> UInt8 {
        guard position < bytes.endIndex else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    /// Reads two bytes, little-endian.
    @inlinable
    package mutating func readUInt16() throws(Failure) -> UInt16 { try readInteger() }

    /// Reads four bytes, little-endian.
    @inlinable
    package mutating func readUInt32() throws(Failure) -> UInt32 { try readInteger() }

    /// Reads eight bytes, little-endian.
    @inlinable
    package mutating func readUInt64() throws(Failure) -> UInt64 { try readInteger() }

    @inlinable
    mutating func readInteger<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>() throws(Failure) -> Value {
        let width = MemoryLayout<Value>.size
        guard remaining >= width else { throw .truncated }
        let start = offset
        position += width
        // Safe: the guard proved that `width` bytes follow `start`, and any bits are an integer.
        let value = unsafe bytes.withUnsafeBytes { raw in
            unsafe raw.loadUnaligned(fromByteOffset: start, as: Value.self)
        }
        return Value(littleEndian: value)
    }

    /// Reads an unsigned LEB128 integer.
    /// - Throws: ``Failure/malformed(_:)`` if it is longer than its shortest form or exceeds 64 bits.
    @inlinable
    package mutating func readVarint() throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var next = position
        while true {
            guard next < bytes.endIndex else { throw .truncated }
            let byte = bytes[next]
            next += 1
            // The tenth byte holds bit 63 alone.
            if shift == 63 && byte > 1 { throw .malformed("a varint exceeds 64 bits") }
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 {
                if byte == 0 && shift > 0 { throw .malformed("a varint is longer than its shortest form") }
                position = next
                return value
            }
            shift += 7
        }
    }

    /// Reads `count` bytes into an array of their own.
    @inlinable
    package mutating func readBytes(_ count: Int) throws(Failure) -> [UInt8] {
        Array(try readSlice(count))
    }

    /// Reads `count` bytes without copying; the slice keeps the whole buffer alive.
    @inlinable
    package mutating func readSlice(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        precondition(count >= 0, "cannot read \(count) bytes")
        guard count <= remaining else { throw .truncated }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Passes over `count` bytes.
    @inlinable
    package mutating func skip(_ count: Int) throws(Failure) {
        precondition(count >= 0, "cannot skip \(count) bytes")
        guard count <= remaining else { throw .truncated }
        position += count
    }

    /// Demands that nothing is left.
    /// - Throws: ``Failure/malformed(_:)`` naming how many bytes are left.
    @inlinable
    package func expectEnd() throws(Failure) {
        guard isAtEnd else { throw .malformed("\(remaining) bytes follow the end") }
    }
}
