import Bytes

// The bytes of a change of a heap's tags, and of what became of it. Integers are little-endian; a length or count is a varint.
//
//     heap         length, bytes
//     action       u8   1: replace, 2: merge, 3: clear
//       replace    tags
//       merge      n, n × change: key (length, bytes), u8 (0: take away), value (length, bytes) if it is 1
//     tags         n, n × tag: key (length, bytes), value (length, bytes); ascending by key
//
//     outcome      u8   1: tags, 2: cleared, 3: tooMany
//       tags       revision u64, tags
//       cleared    revision u64, deleted u8

extension HeapCommand {
    func encode(into writer: inout ByteWriter) {
        writer.appendLengthPrefixed(heap)
        switch action {
        case .replace(let tags):
            writer.append(1 as UInt8)
            writer.append(tags)
        case .merge(let changes):
            writer.append(2 as UInt8)
            writer.appendVarint(UInt64(changes.count))
            for change in changes { change.encode(into: &writer) }
        case .clear: writer.append(3 as UInt8)
        }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let heap = try reader.readName()
        let kind = try reader.readUInt8()
        switch kind {
        case 1: self.init(heap, .replace(try reader.readTags()))
        case 2:
            var changes: [TagChange] = []
            for _ in 0..<(try reader.readCount(minimumSize: 3)) {
                let change = try TagChange(reading: &reader)
                try reader.expectAscending(changes.last?.key, change.key)
                changes.append(change)
            }
            self.init(heap, .merge(changes))
        case 3: self.init(heap, .clear)
        default: throw .malformed("the change \(kind) of a heap's tags is unknown")
        }
    }
}

extension TagChange {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.appendLengthPrefixed(key)
        writer.append(flag: value != nil)
        if let value { writer.appendLengthPrefixed(value) }
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let key = try reader.readLengthPrefixedBytes(maxCount: HeapTag.maximumKeyCount)
        let isSet = try reader.readFlag()
        let value = isSet ? try reader.readLengthPrefixedBytes(maxCount: HeapTag.maximumValueCount) : nil
        if let refusal = HeapTag.refusal(key: key, value: value) { throw .malformed(refusal) }
        self.init(key: key, value: value)
    }
}

extension ByteWriter {
    /// Appends tags behind their count.
    mutating func append(_ tags: [HeapTag]) {
        appendVarint(UInt64(tags.count))
        for tag in tags {
            appendLengthPrefixed(tag.key)
            appendLengthPrefixed(tag.value)
        }
    }
}

extension ByteReader {
    /// Reads tags behind their count: ascending by key, and within the limits of one heap.
    mutating func readTags() throws(Failure) -> [HeapTag] {
        var tags: [HeapTag] = []
        for _ in 0..<(try readCount(minimumSize: 2)) {
            let key = try readLengthPrefixedBytes(maxCount: HeapTag.maximumKeyCount)
            let value = try readLengthPrefixedBytes(maxCount: HeapTag.maximumValueCount)
            if let refusal = HeapTag.refusal(key: key, value: value) { throw .malformed(refusal) }
            try expectAscending(tags.last?.key, key)
            tags.append(HeapTag(key: key, value: value))
        }
        guard TagSet(tags).isWithinLimits else { throw .malformed("more tags than a heap may have") }
        return tags
    }

    fileprivate func expectAscending(_ previous: [UInt8]?, _ key: [UInt8]) throws(Failure) {
        guard previous.map({ KeyOrder.precedes($0, key) }) ?? true else {
            throw .malformed("the keys of tags do not ascend")
        }
    }
}

extension HeapOutcome {
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .tags(let tags, let revision):
            writer.append(1 as UInt8)
            writer.append(revision)
            writer.append(tags)
        case .cleared(let revision, let deleted):
            writer.append(2 as UInt8)
            writer.append(revision)
            writer.append(flag: deleted)
        case .tooMany: writer.append(3 as UInt8)
        }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case 1:
            let revision = try reader.readUInt64()
            self = .tags(try reader.readTags(), revision: revision)
        case 2: self = .cleared(revision: try reader.readUInt64(), deleted: try reader.readFlag())
        case 3: self = .tooMany
        default: throw .malformed("the outcome \(kind) of a heap's tags is unknown")
        }
    }
}
