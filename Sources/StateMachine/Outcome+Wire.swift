package import Bytes

// The bytes of an outcome. Integers are little-endian; a length or count is a varint.
//
//     kind       u8   1: put, 2: delete, 3: preconditionFailed, 4: superseded, 5: invalid, 6: transaction, 7: noted,
//                     8: keyReused, 9: retryTableFull, 10: session, 11: heap, 12: mcpSession
//     put        revision u64, created u8 (0 or 1)
//     delete     revision u64, deleted u8 (0 or 1)
//     precondit. present u8 (0 or 1), current u64 if present
//     invalid    reason: length, UTF-8
//     transact.  revision u64, succeeded u8 (0 or 1), n, n × result
//     result     kind u8   1: put, 2: delete, 3: get
//                put, delete: created, deleted u8; get: found u8, if 1 then revision u64 and value: length, bytes
//     session, heap, mcpSession: see SessionCommand+Wire.swift, HeapCommand+Wire.swift and MCPSessionCommand+Wire.swift
extension Outcome {
    /// The longest reason, in bytes of UTF-8.
    private static let maximumReasonCount = 1024

    package func encode() -> [UInt8] {
        var writer = ByteWriter(reserving: 16 + extraByteCount)
        encode(into: &writer)
        return writer.bytes
    }

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .put(let revision, let created):
            writer.append(1 as UInt8)
            writer.append(revision)
            writer.append(flag: created)
        case .delete(let revision, let deleted):
            writer.append(2 as UInt8)
            writer.append(revision)
            writer.append(flag: deleted)
        case .preconditionFailed(let current):
            writer.append(3 as UInt8)
            writer.append(flag: current != nil)
            if let current { writer.append(current) }
        case .superseded: writer.append(4 as UInt8)
        case .invalid(let reason):
            precondition(reason.utf8.count <= Outcome.maximumReasonCount, "a reason of \(reason.utf8.count) bytes")
            writer.append(5 as UInt8)
            writer.appendLengthPrefixed(reason)
        case .transaction(let revision, let succeeded, let results):
            writer.append(6 as UInt8)
            writer.append(revision)
            writer.append(flag: succeeded)
            writer.appendVarint(UInt64(results.count))
            for result in results { result.encode(into: &writer) }
        case .noted: writer.append(7 as UInt8)
        case .keyReused: writer.append(8 as UInt8)
        case .retryTableFull: writer.append(9 as UInt8)
        case .session(let outcome):
            writer.append(10 as UInt8)
            outcome.encode(into: &writer)
        case .heap(let outcome):
            writer.append(11 as UInt8)
            outcome.encode(into: &writer)
        case .mcpSession(let outcome):
            writer.append(12 as UInt8)
            outcome.encode(into: &writer)
        }
    }

    /// - Throws: when `bytes` are not exactly one outcome.
    package static func decode(_ bytes: [UInt8]) throws(ByteReader.Failure) -> Outcome {
        var reader = ByteReader(bytes)
        let outcome = try Outcome(reading: &reader)
        try reader.expectEnd()
        return outcome
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 1: self = .put(revision: try reader.readUInt64(), created: try reader.readFlag())
        case 2: self = .delete(revision: try reader.readUInt64(), deleted: try reader.readFlag())
        case 3: self = .preconditionFailed(current: try reader.readFlag() ? try reader.readUInt64() : nil)
        case 4: self = .superseded
        case 5: self = .invalid(reason: try reader.readLengthPrefixedString(maxCount: Outcome.maximumReasonCount))
        case 6:
            let revision = try reader.readUInt64()
            let succeeded = try reader.readFlag()
            var results: [TransactionResult] = []
            for _ in 0..<(try reader.readCount(minimumSize: 2)) {
                results.append(try TransactionResult(reading: &reader))
            }
            self = .transaction(revision: revision, succeeded: succeeded, results: results)
        case 7: self = .noted
        case 8: self = .keyReused
        case 9: self = .retryTableFull
        case 10: self = .session(try SessionOutcome(reading: &reader))
        case 11: self = .heap(try HeapOutcome(reading: &reader))
        case 12: self = .mcpSession(try MCPSessionOutcome(reading: &reader))
        default: throw .malformed("the outcome \(kind) is unknown")
        }
    }
}

extension TransactionResult {
    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .put(let created):
            writer.append(1 as UInt8)
            writer.append(flag: created)
        case .delete(let deleted):
            writer.append(2 as UInt8)
            writer.append(flag: deleted)
        case .get(let found):
            writer.append(3 as UInt8)
            writer.append(flag: found != nil)
            guard let found else { return }
            writer.append(found.revision)
            writer.appendLengthPrefixed(found.value)
        }
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 1: self = .put(created: try reader.readFlag())
        case 2: self = .delete(deleted: try reader.readFlag())
        case 3:
            guard try reader.readFlag() else {
                self = .get(nil)
                return
            }
            let revision = try reader.readUInt64()
            let value = try reader.readLengthPrefixedBytes(maxCount: reader.remaining)
            self = .get(Versioned(value: value, revision: revision))
        default: throw .malformed("the result \(kind) of a transaction is unknown")
        }
    }
}
