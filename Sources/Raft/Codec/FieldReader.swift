import Bytes

/// Reads the fields of a message or a configuration; every failure names the field.
struct FieldReader {
    private var reader: ByteReader

    init(_ bytes: ArraySlice<UInt8>) { reader = ByteReader(bytes) }

    mutating func byte(_ field: String) throws(CodecFailure) -> UInt8 {
        do { return try reader.readUInt8() } catch { throw .malformed("\(field): \(error)") }
    }

    mutating func uint32(_ field: String) throws(CodecFailure) -> UInt32 {
        do { return try reader.readUInt32() } catch { throw .malformed("\(field): \(error)") }
    }

    mutating func uint64(_ field: String) throws(CodecFailure) -> UInt64 {
        do { return try reader.readUInt64() } catch { throw .malformed("\(field): \(error)") }
    }

    mutating func randomID(_ field: String) throws(CodecFailure) -> RandomID {
        RandomID(high: try uint64(field), low: try uint64(field))
    }

    /// An id that must be one: all zeros are refused.
    mutating func presentID(_ field: String) throws(CodecFailure) -> RandomID {
        let id = try randomID(field)
        guard id != .none else { throw .malformed("\(field): missing") }
        return id
    }

    /// A byte of which only the bits in `known` may be set.
    mutating func flags(_ field: String, known: UInt8) throws(CodecFailure) -> UInt8 {
        let flags = try byte(field)
        guard flags & ~known == 0 else { throw .malformed("\(field): unknown bits in \(flags)") }
        return flags
    }

    mutating func boolean(_ field: String) throws(CodecFailure) -> Bool { try flags(field, known: 1) == 1 }

    /// How many elements follow, each of at least `minimumSize` bytes: a count that the remaining bytes cannot hold is
    /// refused before anything is allocated for it.
    mutating func count(_ field: String, maximum: Int, minimumSize: Int) throws(CodecFailure) -> Int {
        let count: UInt64
        do { count = try reader.readVarint() } catch { throw .malformed("\(field): \(error)") }
        guard count <= UInt64(maximum) else { throw .malformed("\(field): \(count) exceed the limit of \(maximum)") }
        guard Int(count) <= reader.remaining / minimumSize else {
            throw .malformed("\(field): \(count) do not fit into the \(reader.remaining) bytes that follow")
        }
        return Int(count)
    }

    /// Bytes behind their length. Only the bytes that are there limit it.
    mutating func bytes(_ field: String) throws(CodecFailure) -> [UInt8] {
        do { return try reader.readLengthPrefixedBytes(maxCount: reader.remaining) } catch {
            throw .malformed("\(field): \(error)")
        }
    }

    /// 1 to `maximum` bytes of UTF-8 behind their length.
    mutating func text(_ field: String, maximum: Int) throws(CodecFailure) -> String {
        let text: String
        do { text = try reader.readLengthPrefixedString(maxCount: maximum) } catch {
            throw .malformed("\(field): \(error)")
        }
        guard !text.isEmpty else { throw .malformed("\(field): empty") }
        return text
    }

    func expectEnd() throws(CodecFailure) {
        do { try reader.expectEnd() } catch { throw .malformed("\(error)") }
    }
}

/// What ``FieldReader`` reads that ``ByteWriter`` alone does not write.
extension ByteWriter {
    mutating func append(_ id: RandomID) {
        append(id.high)
        append(id.low)
    }

    mutating func append(_ flag: Bool) { append(flag ? 1 as UInt8 : 0) }

    /// - Precondition: 1 to `maximum` bytes of UTF-8; whoever took the text from outside has seen to it.
    mutating func append(text: String, maximum: Int) {
        let count = text.utf8.count
        precondition(1...maximum ~= count, "a text of \(count) bytes where 1 to \(maximum) belong: \(text)")
        appendLengthPrefixed(text)
    }

    /// - Precondition: at most `maximum`: whoever made the batch has kept to the limit.
    mutating func append(count: Int, maximum: Int) {
        precondition(count <= maximum, "\(count) elements exceed the limit of \(maximum)")
        appendVarint(UInt64(count))
    }
}
