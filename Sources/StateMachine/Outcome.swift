package import Bytes

/// What became of a command when it was applied: the same on every node.
package enum Outcome: Sendable, Equatable {
    /// Written. `created` when the key was absent before.
    case put(revision: UInt64, created: Bool)
    /// Done; `deleted` is `false` when the key was absent anyway.
    case delete(revision: UInt64, deleted: Bool)
    /// Nothing changed: the condition did not hold. `current` is the revision of the present value, `nil` when the key is
    /// absent.
    case preconditionFailed(current: UInt64?)
    /// Nothing changed: a late copy of a request whose forwarder has had its answer.
    case superseded
    /// Nothing changed: the bytes are not a command.
    case invalid(reason: String)
}

// The bytes of an outcome. Integers are little-endian; a length is a varint.
//
//     kind       u8   1: put, 2: delete, 3: preconditionFailed, 4: superseded, 5: invalid
//     put        revision u64, created u8 (0 or 1)
//     delete     revision u64, deleted u8 (0 or 1)
//     precondit. present u8 (0 or 1), current u64 if present
//     invalid    reason: length, UTF-8
extension Outcome {
    /// The longest reason, in bytes of UTF-8.
    private static let maximumReasonCount = 1024

    package func encode() -> [UInt8] {
        var writer = ByteWriter(reserving: 16)
        switch self {
        case .put(let revision, let created):
            writer.append(1 as UInt8)
            writer.append(revision)
            writer.append((created ? 1 : 0) as UInt8)
        case .delete(let revision, let deleted):
            writer.append(2 as UInt8)
            writer.append(revision)
            writer.append((deleted ? 1 : 0) as UInt8)
        case .preconditionFailed(let current):
            writer.append(3 as UInt8)
            writer.append((current == nil ? 0 : 1) as UInt8)
            if let current { writer.append(current) }
        case .superseded:
            writer.append(4 as UInt8)
        case .invalid(let reason):
            precondition(reason.utf8.count <= Outcome.maximumReasonCount, "a reason of \(reason.utf8.count) bytes")
            writer.append(5 as UInt8)
            writer.appendLengthPrefixed(reason)
        }
        return writer.bytes
    }

    /// - Throws: when `bytes` are not exactly one outcome.
    package static func decode(_ bytes: [UInt8]) throws(ByteReader.Failure) -> Outcome {
        var reader = ByteReader(bytes)
        let outcome = try Outcome(reading: &reader)
        try reader.expectEnd()
        return outcome
    }

    private init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 1: self = .put(revision: try reader.readUInt64(), created: try reader.readFlag())
        case 2: self = .delete(revision: try reader.readUInt64(), deleted: try reader.readFlag())
        case 3: self = .preconditionFailed(current: try reader.readFlag() ? try reader.readUInt64() : nil)
        case 4: self = .superseded
        case 5: self = .invalid(reason: try reader.readLengthPrefixedString(maxCount: Outcome.maximumReasonCount))
        default: throw .malformed("the outcome \(kind) is unknown")
        }
    }
}
