import Bytes

// The bytes of an entry of a session log. Integers are little-endian; a length is a varint.
//
//     input heap     u8 (0: none), then length and bytes if it is 1
//     output heap    length, bytes
//     output fs      as the input heap
//     code           length, bytes
//
// In a log and in a snapshot the time of the entry stands before it: u64, Unix milliseconds.

extension SessionEntry {
    func encode(into writer: inout ByteWriter) {
        writer.append(optionalName: inputHeap)
        writer.appendLengthPrefixed(outputHeap)
        writer.append(optionalName: outputFS)
        writer.appendLengthPrefixed(code)
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let inputHeap = try reader.readOptionalName()
        let outputHeap = try reader.readName()
        let outputFS = try reader.readOptionalName()
        let code = try reader.readLengthPrefixedBytes(maxCount: reader.remaining)
        guard UTF8Text.isValid(code) else { throw .malformed("the code is not valid UTF-8") }
        self.init(inputHeap: inputHeap, outputHeap: outputHeap, outputFS: outputFS, code: code)
    }

    /// The entry as a log keeps it.
    func encode(timestamp: UInt64) -> [UInt8] {
        var writer = ByteWriter(reserving: 32 + byteCount)
        writer.append(timestamp)
        encode(into: &writer)
        return writer.bytes
    }
}

extension LoggedSessionEntry {
    /// Reads what ``SessionEntry/encode(timestamp:)`` wrote, and nothing behind it.
    init(index: UInt64, _ bytes: ArraySlice<UInt8>) throws(ByteReader.Failure) {
        var reader = ByteReader(bytes)
        let timestamp = try reader.readUInt64()
        let entry = try SessionEntry(reading: &reader)
        try reader.expectEnd()
        self.init(index: index, timestamp: timestamp, entry: entry)
    }
}
