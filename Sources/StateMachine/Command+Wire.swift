package import Bytes
import Raft

// The bytes of a command. Integers are little-endian; a length is a varint.
//
//     format           u8        1, or 2 if a client's key or an operation above 2 is in it
//     request          u8        0: none, and the next four are left out; 1: present
//       instance       2 × u64   high, low
//       boot           u64
//       sequence       u64
//       completedBelow u64
//     keyed            u8        only in format 2; 0: no client's key, and the next two are left out; 1: present
//       scope          length, bytes
//       fingerprint    u64
//     operation        u8        1: put, 2: delete; only in format 2 also 3: transaction, 4: announce,
//                                5: compareHashes, 6: reportHash, 7: session, 8: heap, 9: mcpSession
//   for put and delete
//     condition        u8        0: none, 1: matchesAny, 2: exists, 3: absent
//       revisions      varint n, n × u64   only for matchesAny
//     key              length, bytes
//     value            length, bytes       only for put
//   for transaction, announce, reportHash, session, heap and mcpSession: see there; compareHashes has nothing more
//
// The payload of a log entry is the leader's time (u64, Unix milliseconds), then a command.
extension Command {
    /// What a member of the version before understands.
    private static let plainFormat: UInt8 = 1
    private static let format: UInt8 = 2

    /// Whether the plain format can tell it.
    private var isPlain: Bool {
        switch operation {
        case .put, .delete: idempotencyKey == nil
        case .transaction, .announce, .compareHashes, .reportHash, .session, .heap, .mcpSession: false
        }
    }

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

    /// The command in the payload of a log entry.
    /// - Throws: when what follows the leader's time is not exactly one command.
    package static func decode(payload: [UInt8]) throws(ByteReader.Failure) -> Command {
        try decode(Array(payload.dropFirst(MemoryLayout<UInt64>.size)))
    }

    package func encode() -> [UInt8] {
        var writer = ByteWriter(reserving: 64 + (idempotencyKey?.scope.count ?? 0) + operation.weight)
        writer.append(isPlain ? Command.plainFormat : Command.format)
        if let requestID {
            writer.append(1 as UInt8)
            writer.append(requestID.instance)
            writer.append(requestID.boot)
            writer.append(requestID.sequence)
            writer.append(completedBelow)
        } else {
            writer.append(0 as UInt8)
        }
        if !isPlain {
            writer.append(flag: idempotencyKey != nil)
            idempotencyKey?.encode(into: &writer)
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
        guard format == Command.plainFormat || format == Command.format else {
            throw .malformed("a command of the unknown format \(format)")
        }
        var requestID: RequestID?
        var completedBelow: UInt64 = 0
        if try reader.readFlag() {
            let instance = try reader.readRandomID()
            let boot = try reader.readUInt64()
            let sequence = try reader.readUInt64()
            completedBelow = try reader.readUInt64()
            guard completedBelow <= sequence else {
                throw .malformed("request \(sequence) claims that all below \(completedBelow) are complete")
            }
            requestID = RequestID(instance: instance, boot: boot, sequence: sequence)
        }
        let isKeyed = format == Command.format ? try reader.readFlag() : false
        let idempotencyKey = isKeyed ? try IdempotencyKey(reading: &reader) : nil
        let operation = try Operation(reading: &reader, isPlain: format == Command.plainFormat)
        try reader.expectEnd()
        self.init(
            operation, requestID: requestID, completedBelow: completedBelow, idempotencyKey: idempotencyKey)
    }
}

extension IdempotencyKey {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.appendLengthPrefixed(scope)
        writer.append(fingerprint)
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let scope = try reader.readLengthPrefixedBytes(maxCount: IdempotencyKey.maximumScopeCount)
        guard !scope.isEmpty else { throw .malformed("the client's key is empty") }
        self.init(scope: scope, fingerprint: try reader.readUInt64())
    }
}

extension Operation {
    /// About how many bytes it encodes to.
    fileprivate var weight: Int {
        switch self {
        case .put(let key, let value, let condition): key.count + value.count + condition.weight
        case .delete(let key, let condition): key.count + condition.weight
        case .transaction(let transaction):
            transaction.byteCount + 8
                * (transaction.compare.count + transaction.then.count + transaction.otherwise.count)
        case .announce(let announcement): announcement.byteCount
        case .compareHashes: 0
        case .reportHash: HashReport.byteCount
        case .session(let command): command.byteCount + 16
        case .heap(let command): command.byteCount + 16
        case .mcpSession(let command): command.byteCount + 16
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
        case .transaction(let transaction):
            writer.append(3 as UInt8)
            transaction.encode(into: &writer)
        case .announce(let announcement):
            writer.append(4 as UInt8)
            announcement.encode(into: &writer)
        case .compareHashes:
            writer.append(5 as UInt8)
        case .reportHash(let report):
            writer.append(6 as UInt8)
            report.encode(into: &writer)
        case .session(let command):
            writer.append(7 as UInt8)
            command.encode(into: &writer)
        case .heap(let command):
            writer.append(8 as UInt8)
            command.encode(into: &writer)
        case .mcpSession(let command):
            writer.append(9 as UInt8)
            command.encode(into: &writer)
        }
    }

    fileprivate init(reading reader: inout ByteReader, isPlain: Bool) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 1:
            let condition = try Condition(reading: &reader)
            let key = try reader.readKey()
            let value = try reader.readLengthPrefixedBytes(maxCount: reader.remaining)
            self = .put(key: key, value: value, condition: condition)
        case 2:
            let condition = try Condition(reading: &reader)
            self = .delete(key: try reader.readKey(), condition: condition)
        case 3 where !isPlain: self = .transaction(try Transaction(reading: &reader))
        case 4 where !isPlain: self = .announce(try Announcement(reading: &reader))
        case 5 where !isPlain: self = .compareHashes
        case 6 where !isPlain: self = .reportHash(try HashReport(reading: &reader))
        case 7 where !isPlain: self = .session(try SessionCommand(reading: &reader))
        case 8 where !isPlain: self = .heap(try HeapCommand(reading: &reader))
        case 9 where !isPlain: self = .mcpSession(try MCPSessionCommand(reading: &reader))
        default: throw .malformed("the operation \(kind) is unknown")
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
            let count = try reader.readCount(minimumSize: 8)
            var revisions: [UInt64] = []
            revisions.reserveCapacity(count)
            for _ in 0..<count { revisions.append(try reader.readUInt64()) }
            self = .matchesAny(revisions: revisions)
        case 2: self = .exists
        case 3: self = .absent
        default: throw .malformed("the condition \(kind) is unknown")
        }
    }
}
