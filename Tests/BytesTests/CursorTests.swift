import Bytes
import Testing

@Suite("ByteWriter and ByteReader")
struct CursorTests {
    /// Edges of every LEB128 length, with the length.
    static let varints: [(UInt64, Int)] = [
        (0, 1), (1, 1), (0x7F, 1), (0x80, 2), (0x3FFF, 2), (0x4000, 3), (1 << 21 - 1, 3), (1 << 21, 4),
        (1 << 28, 5), (1 << 35, 6), (1 << 42, 7), (1 << 49, 8), (1 << 56 - 1, 8), (1 << 56, 9),
        (1 << 63 - 1, 9), (1 << 63, 10), (.max, 10),
    ]

    @Test("the encodings are these bytes")
    func goldenBytes() {
        var writer = ByteWriter(reserving: 64)
        writer.append(UInt8(0x01))
        writer.append(UInt16(0x0302))
        writer.append(UInt32(0x0706_0504))
        writer.append(UInt64(0x0F0E_0D0C_0B0A_0908))
        writer.appendVarint(300)
        writer.append(bytes: [0xAA])
        writer.append(bytes: [0, 0xBB][1...])
        writer.append(bytes: repeatElement(0xCC, count: 2))
        writer.append(utf8: "é")
        writer.appendLengthPrefixed([9, 8])
        writer.appendLengthPrefixed([9, 8, 7][1...])
        writer.appendLengthPrefixed("é")
        writer.pad(toMultipleOf: 4)
        let ascending = (UInt8(1)...15).map { $0 }
        #expect(
            writer.bytes == ascending
                + [
                    0xAC, 0x02, 0xAA, 0xBB, 0xCC, 0xCC, 0xC3, 0xA9, 2, 9, 8, 2, 8, 7, 2, 0xC3, 0xA9, 0, 0, 0, 0,
                ].prefix(writer.count - 15))
        #expect(writer.count == 32)
        writer.pad(toMultipleOf: 4)
        #expect(writer.count == 32, "padding what is aligned adds nothing")
    }

    @Test("overwriting replaces exactly the integer's bytes")
    func overwrite() {
        var writer = ByteWriter()
        writer.append(bytes: [UInt8](repeating: 0xEE, count: 14))
        writer.overwrite(UInt32(0x0403_0201), at: 1)
        writer.overwrite(UInt64(0x0807_0605_0403_0201), at: 6)
        #expect(writer.bytes == [0xEE, 1, 2, 3, 4, 0xEE, 1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test("every integer reads back, also from the middle of an array")
    func integersRoundTrip() throws {
        var writer = ByteWriter()
        writer.append(bytes: [1, 2, 3])
        writer.append(UInt8.max)
        writer.append(UInt16(0xBEEF))
        writer.append(UInt32(0xDEAD_BEEF))
        writer.append(UInt64.max - 1)
        var reader = ByteReader(writer.bytes[3...])
        #expect(try reader.readUInt8() == .max)
        #expect(try reader.readUInt16() == 0xBEEF)
        #expect(try reader.readUInt32() == 0xDEAD_BEEF)
        #expect(reader.offset == 7)
        #expect(reader.remaining == 8)
        #expect(try reader.readUInt64() == .max - 1)
        #expect(reader.isAtEnd)
        try reader.expectEnd()
    }

    @Test("varints take their shortest form and read back; cut anywhere they are truncated", arguments: varints)
    func varintRoundTrip(value: UInt64, length: Int) throws {
        var writer = ByteWriter()
        writer.appendVarint(value)
        #expect(writer.count == length)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readVarint() == value)
        #expect(reader.isAtEnd)
        for cut in 0..<length {
            var short = ByteReader(writer.bytes[..<cut])
            #expect(throws: ByteReader.Failure.truncated) { try short.readVarint() }
            #expect(short.offset == 0, "a failed read does not move the cursor")
        }
    }

    @Test(
        "a varint that is padded or too large is malformed",
        arguments: [
            [0x80, 0x00], [0xFF, 0x80, 0x00],
            [UInt8](repeating: 0xFF, count: 9) + [0x02],
            [UInt8](repeating: 0xFF, count: 9) + [0x81, 0x00],
            [UInt8](repeating: 0x80, count: 11),
        ])
    func varintRefused(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        do {
            let value = try reader.readVarint()
            Issue.record("read \(value)")
        } catch {
            guard case .malformed = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("a record cut at any byte is truncated, never a trap")
    func everyTruncation() throws {
        var writer = ByteWriter()
        writer.append(UInt16(1))
        writer.append(UInt32(2))
        writer.append(UInt64(3))
        writer.appendLengthPrefixed([UInt8](repeating: 4, count: 200))
        writer.appendLengthPrefixed("text")
        func readAll(_ bytes: ArraySlice<UInt8>) throws(ByteReader.Failure) {
            var reader = ByteReader(bytes)
            _ = try reader.readUInt16()
            _ = try reader.readUInt32()
            _ = try reader.readUInt64()
            _ = try reader.readLengthPrefixedBytes(maxCount: 200)
            _ = try reader.readLengthPrefixedString(maxCount: 4)
            try reader.expectEnd()
        }
        try readAll(writer.bytes[...])
        for cut in 0..<writer.count {
            #expect(throws: ByteReader.Failure.truncated) { try readAll(writer.bytes[..<cut]) }
        }
    }

    @Test("a length above the limit is refused even when the bytes are there")
    func lengthLimit() {
        var writer = ByteWriter()
        writer.appendLengthPrefixed([1, 2, 3])
        var reader = ByteReader(writer.bytes)
        #expect(throws: ByteReader.Failure.malformed("a length of 3 bytes exceeds the limit of 2")) {
            try reader.readLengthPrefixedBytes(maxCount: 2)
        }
        writer = ByteWriter()
        writer.appendVarint(.max)
        reader = ByteReader(writer.bytes)
        #expect(throws: ByteReader.Failure.self) { try reader.readLengthPrefixedBytes(maxCount: .max) }
    }

    @Test("text that is not UTF-8 is malformed")
    func textIsValidated() {
        var writer = ByteWriter()
        writer.appendLengthPrefixed([0xC0, 0x80])
        var reader = ByteReader(writer.bytes)
        #expect(throws: ByteReader.Failure.malformed("text is not UTF-8")) {
            try reader.readLengthPrefixedString(maxCount: 10)
        }
    }

    @Test("skipping and slicing stay within the bytes; what is left is named")
    func skipSliceEnd() throws {
        var reader = ByteReader([1, 2, 3, 4, 5])
        try reader.skip(1)
        #expect(try reader.readSlice(2) == [2, 3])
        #expect(throws: ByteReader.Failure.truncated) { try reader.skip(3) }
        #expect(throws: ByteReader.Failure.truncated) { try reader.readBytes(.max) }
        #expect(throws: ByteReader.Failure.malformed("2 bytes follow the end")) { try reader.expectEnd() }
        #expect(try reader.readBytes(2) == [4, 5])
        #expect(try reader.readBytes(0).isEmpty)
    }
}
