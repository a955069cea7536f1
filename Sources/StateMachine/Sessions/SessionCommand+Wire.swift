import Bytes

// The bytes of a change of a session log, and of what became of it. Integers are little-endian; a length is a varint.
//
//     session        length, bytes
//     action         u8   1: append, 2: fork, 3: trim, 4: delete
//       append       expected head u8 (0: anything, 1: empty, 2: a heap, then length and bytes), entry
//       fork         target: length, bytes
//       trim         index u64
//
//     outcome        u8   1: appended, 2: headMismatch, 3: forked, 4: targetExists, 5: sourceEmpty, 6: trimmed, 7: deleted
//       appended     index u64, revision u64
//       headMismatch head u8 (0: none), then length and bytes if it is 1
//       forked       revision u64
//       trimmed      revision u64, removed u64
//       deleted      revision u64, deleted u8

extension SessionCommand {
    func encode(into writer: inout ByteWriter) {
        writer.appendLengthPrefixed(session)
        switch action {
        case .append(let entry, let expected):
            writer.append(1 as UInt8)
            expected.encode(into: &writer)
            entry.encode(into: &writer)
        case .fork(let target):
            writer.append(2 as UInt8)
            writer.appendLengthPrefixed(target)
        case .trim(let index):
            writer.append(3 as UInt8)
            writer.append(index)
        case .delete: writer.append(4 as UInt8)
        }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let session = try reader.readName()
        let kind = try reader.readUInt8()
        switch kind {
        case 1:
            let expected = try ExpectedHead(reading: &reader)
            self.init(session, .append(try SessionEntry(reading: &reader), expecting: expected))
        case 2: self.init(session, .fork(to: try reader.readName()))
        case 3: self.init(session, .trim(before: try reader.readUInt64()))
        case 4: self.init(session, .delete)
        default: throw .malformed("the change \(kind) of a session log is unknown")
        }
    }
}

extension ExpectedHead {
    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .anything: writer.append(0 as UInt8)
        case .empty: writer.append(1 as UInt8)
        case .heap(let head):
            writer.append(2 as UInt8)
            writer.appendLengthPrefixed(head)
        }
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 0: self = .anything
        case 1: self = .empty
        case 2: self = .heap(try reader.readName())
        default: throw .malformed("the expected head \(kind) is unknown")
        }
    }
}

extension SessionOutcome {
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .appended(let index, let revision):
            writer.append(1 as UInt8)
            writer.append(index)
            writer.append(revision)
        case .headMismatch(let head):
            writer.append(2 as UInt8)
            writer.append(optionalName: head)
        case .forked(let revision):
            writer.append(3 as UInt8)
            writer.append(revision)
        case .targetExists: writer.append(4 as UInt8)
        case .sourceEmpty: writer.append(5 as UInt8)
        case .trimmed(let revision, let removed):
            writer.append(6 as UInt8)
            writer.append(revision)
            writer.append(removed)
        case .deleted(let revision, let deleted):
            writer.append(7 as UInt8)
            writer.append(revision)
            writer.append(flag: deleted)
        }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 1: self = .appended(index: try reader.readUInt64(), revision: try reader.readUInt64())
        case 2: self = .headMismatch(head: try reader.readOptionalName())
        case 3: self = .forked(revision: try reader.readUInt64())
        case 4: self = .targetExists
        case 5: self = .sourceEmpty
        case 6: self = .trimmed(revision: try reader.readUInt64(), removed: try reader.readUInt64())
        case 7: self = .deleted(revision: try reader.readUInt64(), deleted: try reader.readFlag())
        default: throw .malformed("the outcome \(kind) of a session log is unknown")
        }
    }
}
