import Bytes

/// The unit of writing: entries that are written and synced together. The format is told in `SegmentHeader.swift`.
struct BatchHeader: Sendable {
    static let size = 40
    static let magic: UInt32 = 0x5441_4252

    private static let coveredSize = 28

    /// The whole batch in bytes, this header included: a multiple of 8.
    let length: Int
    /// 1 for the first batch of the log; counts through all segments.
    let number: UInt64
    /// What its writer knew to be committed.
    let commitIndex: LogIndex
    let count: Int
    /// The checksum that the records' checksums must complete.
    fileprivate let batchChecksum: UInt32
    /// The checksum's state after the header.
    fileprivate let checksum: CRC32C

    /// Whether a header may be at `offset`: the cheap question before `init`.
    static func hasMagic(_ bytes: [UInt8], at offset: Int) -> Bool {
        bytes[offset] == UInt8(truncatingIfNeeded: magic) && bytes[offset + 1] == UInt8(truncatingIfNeeded: magic >> 8)
    }

    /// The header at `offset` of `bytes`, or `nil` when what is there is no valid header of the segment with this `seed`.
    init?(_ bytes: [UInt8], at offset: Int, seed: CRC32C) {
        guard offset + Self.size <= bytes.count else { return nil }
        let header = bytes[offset..<offset + Self.size]
        do throws(ByteReader.Failure) {
            var reader = ByteReader(header)
            guard try reader.readUInt32() == Self.magic else { return nil }
            length = Int(try reader.readUInt32())
            number = try reader.readUInt64()
            commitIndex = try reader.readUInt64()
            count = Int(try reader.readUInt32())
            var checksum = seed
            checksum.update(header.prefix(Self.coveredSize))
            guard try reader.readUInt32() == checksum.value else { return nil }
            self.checksum = checksum
            batchChecksum = try reader.readUInt32()
            guard try reader.readUInt32() == 0, length >= Self.size, length.isMultiple(of: 8) else { return nil }
        } catch {
            return nil
        }
    }
}

/// Batches as bytes.
enum Batch {
    /// A record before its payload.
    static let recordHeaderSize = 32

    /// The size of a record with a payload of `count` bytes.
    static func recordSize(payload count: Int) -> Int { recordHeaderSize + (count + 7) & ~7 }

    /// Appends a batch to `writer`.
    /// - Parameter length: the batch's length, as the sum of its header's and its records' sizes.
    static func encode(
        _ entries: ArraySlice<LogEntry>, number: UInt64, commitIndex: LogIndex, length: Int, seed: CRC32C,
        into writer: inout ByteWriter
    ) {
        precondition(length <= Int(UInt32.max), "a batch of \(length) bytes is larger than its format can tell")
        let start = writer.count
        writer.append(BatchHeader.magic)
        writer.append(UInt32(length))
        writer.append(number)
        writer.append(commitIndex)
        writer.append(UInt32(entries.count))
        var checksum = seed
        checksum.update(writer.bytes[start...])
        writer.append(checksum.value)
        writer.append(UInt64(0))
        for entry in entries {
            let record = writer.count
            writer.append(UInt32(0))
            writer.append(UInt32(entry.payload.count))
            writer.append(entry.term)
            writer.append(entry.index)
            writer.append(UInt64(entry.kind.rawValue))
            writer.append(bytes: entry.payload)
            if !writer.count.isMultiple(of: 8) { writer.pad(toMultipleOf: 8) }
            let recordChecksum = CRC32C.checksum(writer.bytes.span.extracting((record + 4)...))
            writer.replace(recordChecksum, at: record)
            checksum.update(writer.bytes.span.extracting(record..<record + 4))
        }
        writer.replace(checksum.value, at: start + 32)
        precondition(writer.count == start + length, "a batch came out longer or shorter than its parts")
    }

    /// What is wrong with a batch whose header is valid.
    enum Damage: Error {
        /// A checksum is wrong: a crash while it was written may explain it. The offset counts from the batch's start.
        case torn(at: Int, reason: String)
        /// The checksums are right and the contents are nonsense: nothing explains it.
        case invalid(at: Int, reason: String)
    }

    /// The entries of the batch with `header` that starts at `start` and lies in `bytes` as a whole.
    /// - Throws: what is wrong; no entry of a damaged batch is told.
    static func decode(_ header: BatchHeader, in bytes: [UInt8], at start: Int) throws(Damage) -> [LogEntry] {
        let end = start + header.length
        precondition(end <= bytes.count, "a batch is decoded as a whole")
        var entries: [LogEntry] = []
        entries.reserveCapacity(min(header.count, header.length / recordHeaderSize))
        var checksum = header.checksum
        var position = start + BatchHeader.size
        var invalid: Damage?
        for _ in 0..<header.count {
            let record = try Record(bytes, at: position, end: end, start: start)
            checksum.update(bytes.span.extracting(position..<position + 4))
            if let kind = LogEntry.Kind(rawValue: record.kind) {
                let payload = position + recordHeaderSize
                entries.append(
                    LogEntry(
                        term: record.term, index: record.index, kind: kind,
                        payload: Array(bytes[payload..<payload + record.payloadLength])))
            } else {
                invalid = invalid ?? .invalid(at: position - start, reason: "entry kind \(record.kind) is unknown")
            }
            position = record.end
        }
        guard position == end, checksum.value == header.batchChecksum else {
            throw .torn(at: 0, reason: "the checksum of batch \(header.number) is wrong")
        }
        if let invalid { throw invalid }
        return entries
    }

    /// A record whose checksum is right.
    private struct Record {
        let payloadLength: Int
        let term: Term
        let index: LogIndex
        let kind: UInt64
        let end: Int

        init(_ bytes: [UInt8], at position: Int, end limit: Int, start: Int) throws(Damage) {
            let damage = Damage.torn(at: position - start, reason: "the checksum of a record is wrong")
            guard position + recordHeaderSize <= limit else { throw damage }
            let expected: UInt32
            do throws(ByteReader.Failure) {
                var reader = ByteReader(bytes[position..<position + recordHeaderSize])
                expected = try reader.readUInt32()
                payloadLength = Int(try reader.readUInt32())
                term = try reader.readUInt64()
                index = try reader.readUInt64()
                kind = try reader.readUInt64()
            } catch {
                throw damage
            }
            end = position + recordSize(payload: payloadLength)
            guard end <= limit, CRC32C.checksum(bytes.span.extracting(position + 4..<end)) == expected else {
                throw damage
            }
        }
    }
}

extension ByteWriter {
    /// Replaces four bytes by a checksum. Concrete, for it is called for every record.
    fileprivate mutating func replace(_ checksum: UInt32, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: checksum)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: checksum &>> 8)
        bytes[offset + 2] = UInt8(truncatingIfNeeded: checksum &>> 16)
        bytes[offset + 3] = UInt8(truncatingIfNeeded: checksum &>> 24)
    }
}

extension LogEntry.Kind {
    /// The kind that a record spells in eight bytes.
    fileprivate init?(rawValue: UInt64) {
        guard let byte = UInt8(exactly: rawValue) else { return nil }
        self.init(rawValue: byte)
    }
}
