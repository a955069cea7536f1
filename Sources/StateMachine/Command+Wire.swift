package import Bytes
import Raft

// The bytes of a command. Integers are little-endian; a length is a varint.
//
//     format           u8        1
//     request          u8        0: none, and the next four are left out; 1: present
//       instance       2 × u64   high, low
//       boot           u64
//       sequence       u64
//       completedBelow u64
//     operation        u8        1: put, 2: delete
//     condition        u8        0: none, 1: matchesAny, 2: exists, 3: absent
//       revisions      varint n, n × u64   only for matchesAny
//     key              length, bytes
//     value            length, bytes       only for put
//
// The payload of a log entry is the leader's time (u64, Unix milliseconds), then a command.
extension Command {
    private static let format: UInt8 = 1

    /// The payload of the log entry that carries a command.
    /// - Parameters:
    ///   - timestamp: the leader's time in Unix milliseconds.
    ///   - commandBytes: what ``encode()`` made; not looked at.
    package static func payload(timestamp: UInt64, commandBytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reserving: 8 + commandBytes.count)
        writer.append(timestamp)
        writer.append(bytes: commandBytes)
        return writer.bytes
    }

    package func encode() -> [UInt8] {
        var writer = ByteWriter(reserving: 64 + operation.weight)
        writer.append(Command.format)
        if let requestID {
            writer.append(1 as UInt8)
            writer.append(requestID.instance.high)
            writer.append(requestID.instance.low)
            writer.append(requestID.boot)
            writer.append(requestID.sequence)
            writer.append(completedBelow)
        } else {
            writer.append(0 as UInt8)
        }
        operation.encode(into: &writer)
        return writer.bytes
    }

    /// - Throws: when `bytes` are not exactly one command.
    package static func decode(_ bytes: [UInt8]) throws(ByteReader.Failure) -> Command {
        var reader = ByteReader(bytes)
        return try Command(readingToEndOf: &reader)
    }

    /// Reads a command that must be all that is left.
    init(readingToEndOf reader: inout ByteReader) throws(ByteReader.Failure) {
        let format = try reader.readUInt8()
        guard format == Command.format else { throw .malformed("a command of the unknown format \(format)") }
        var requestID: RequestID?
        var completedBelow: UInt64 = 0
        if try reader.readFlag() {
            let instance = InstanceID(high: try reader.readUInt64(), low: try reader.readUInt64())
            let boot = try reader.readUInt64()
            let sequence = try reader.readUInt64()
            completedBelow = try reader.readUInt64()
            guard completedBelow <= sequence else {
                throw .malformed("request \(sequence) claims that all below \(completedBelow) are complete")
            }
            requestID = RequestID(instance: instance, boot: boot, sequence: sequence)
        }
        let operation = try Operation(reading: &reader)
        try reader.expectEnd()
        self.init(operation, requestID: requestID, completedBelow: completedBelow)
    }
}

extension Operation {
    /// About how many bytes it encodes to.
    fileprivate var weight: Int {
        switch self {
        case .put(let key, let value, let condition): key.count + value.count + condition.weight
        case .delete(let key, let condition): key.count + condition.weight
        }
    }

    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .put(let key, let value, let condition):
            writer.append(1 as UInt8)
            condition.encode(into: &writer)
            writer.appendLengthPrefixed(key)
            writer.appendLengthPrefixed(value)
        case .delete(let key, let condition):
            writer.append(2 as UInt8)
            condition.encode(into: &writer)
            writer.appendLengthPrefixed(key)
        }
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        guard kind == 1 || kind == 2 else { throw .malformed("the operation \(kind) is unknown") }
        let condition = try Condition(reading: &reader)
        let key = try reader.readLengthPrefixedBytes(maxCount: Key.maximumCount)
        guard !key.isEmpty else { throw .malformed("the key is empty") }
        if kind == 1 {
            let value = try reader.readLengthPrefixedBytes(maxCount: reader.remaining)
            self = .put(key: key, value: value, condition: condition)
        } else {
            self = .delete(key: key, condition: condition)
        }
    }
}

extension Condition {
    fileprivate var weight: Int {
        if case .matchesAny(let revisions) = self { revisions.count * 8 } else { 0 }
    }

    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .none: writer.append(0 as UInt8)
        case .matchesAny(let revisions):
            writer.append(1 as UInt8)
            writer.appendVarint(UInt64(revisions.count))
            for revision in revisions { writer.append(revision) }
        case .exists: writer.append(2 as UInt8)
        case .absent: writer.append(3 as UInt8)
        }
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 0: self = .none
        case 1:
            let count = try reader.readVarint()
            // Before room is made for them: the count may be anything.
            guard count <= UInt64(reader.remaining / 8) else { throw .truncated }
            var revisions: [UInt64] = []
            revisions.reserveCapacity(Int(count))
            for _ in 0..<count { revisions.append(try reader.readUInt64()) }
            self = .matchesAny(revisions: revisions)
        case 2: self = .exists
        case 3: self = .absent
        default: throw .malformed("the condition \(kind) is unknown")
        }
    }
}

extension ByteReader {
    /// Reads a byte that is 0 or 1.
    mutating func readFlag() throws(Failure) -> Bool {
        let byte = try readUInt8()
        guard byte <= 1 else { throw .malformed("a flag is \(byte), not 0 or 1") }
        return byte == 1
    }
}
