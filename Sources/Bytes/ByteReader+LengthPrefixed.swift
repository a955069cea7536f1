/// Byte strings and text that carry their length as a varint in front.
extension ByteReader {
    /// Reads a length, then as many bytes.
    /// - Parameter maxCount: the most bytes to accept.
    /// - Throws: ``Failure/malformed(_:)`` if the length exceeds `maxCount`, before anything is allocated.
    @inlinable
    package mutating func readLengthPrefixedBytes(maxCount: Int) throws(Failure) -> [UInt8] {
        Array(try readLengthPrefixedSlice(maxCount: maxCount))
    }

    /// Reads a length, then as many bytes without copying; the slice keeps the whole buffer alive.
    /// - Parameter maxCount: the most bytes to accept.
    /// - Throws: ``Failure/malformed(_:)`` if the length exceeds `maxCount`.
    @inlinable
    package mutating func readLengthPrefixedSlice(maxCount: Int) throws(Failure) -> ArraySlice<UInt8> {
        precondition(maxCount >= 0, "a limit of \(maxCount) bytes accepts nothing")
        let count = try readVarint()
        guard count <= UInt64(maxCount) else {
            throw .malformed("a length of \(count) bytes exceeds the limit of \(maxCount)")
        }
        return try readSlice(Int(count))
    }

    /// Reads a length, then text in as many bytes of UTF-8.
    /// - Parameter maxCount: the most bytes to accept.
    /// - Throws: ``Failure/malformed(_:)`` if the length exceeds `maxCount` or the bytes are not strict UTF-8.
    @inlinable
    package mutating func readLengthPrefixedString(maxCount: Int) throws(Failure) -> String {
        let slice = try readLengthPrefixedSlice(maxCount: maxCount)
        guard let text = UTF8Text.string(slice) else { throw .malformed("text is not UTF-8") }
        return text
    }
}
