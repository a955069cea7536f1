import Bytes

// The bytes of a transaction: three lists (compare, then, otherwise), each behind its count as a varint. Keys and values stand behind
// their lengths, integers are little-endian.
//
//     comparison   key; u8 1: value; 2: revision, u64; 3: exists, u8 (0 or 1)
//     step         u8 1: put, key, value; 2: delete, key; 3: get, key

extension Transaction {
    func encode(into writer: inout ByteWriter) {
        writer.appendVarint(UInt64(compare.count))
        for comparison in compare { comparison.encode(into: &writer) }
        for branch in [then, otherwise] {
            writer.appendVarint(UInt64(branch.count))
            for operation in branch { operation.encode(into: &writer) }
        }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        var compare: [Comparison] = []
        for _ in 0..<(try reader.readCount(minimumSize: 3)) { compare.append(try Comparison(reading: &reader)) }
        var branches: [[TransactionOperation]] = [[], []]
        for branch in branches.indices {
            for _ in 0..<(try reader.readCount(minimumSize: 3)) {
                branches[branch].append(try TransactionOperation(reading: &reader))
            }
        }
        for branch in branches where Set(branch.map(\.key)).count < branch.count {
            throw .malformed("a branch of a transaction names a key twice")
        }
        self.init(compare: compare, then: branches[0], otherwise: branches[1])
    }
}

extension Comparison {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.appendLengthPrefixed(key)
        switch demand {
        case .value(let value):
            writer.append(1 as UInt8)
            writer.appendLengthPrefixed(value)
        case .revision(let revision):
            writer.append(2 as UInt8)
            writer.append(revision)
        case .exists(let exists):
            writer.append(3 as UInt8)
            writer.append(flag: exists)
        }
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let key = try reader.readValidKey()
        let kind = try reader.readUInt8()
        switch kind {
        case 1: self.init(key: key, .value(try reader.readLengthPrefixedBytes(maxCount: reader.remaining)))
        case 2: self.init(key: key, .revision(try reader.readUInt64()))
        case 3: self.init(key: key, .exists(try reader.readFlag()))
        default: throw .malformed("the comparison \(kind) is unknown")
        }
    }
}

extension TransactionOperation {
    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .put(let key, let value):
            writer.append(1 as UInt8)
            writer.appendLengthPrefixed(key)
            writer.appendLengthPrefixed(value)
        case .delete(let key):
            writer.append(2 as UInt8)
            writer.appendLengthPrefixed(key)
        case .get(let key):
            writer.append(3 as UInt8)
            writer.appendLengthPrefixed(key)
        }
    }

    fileprivate init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        let key = try reader.readValidKey()
        switch kind {
        case 1: self = .put(key: key, value: try reader.readLengthPrefixedBytes(maxCount: reader.remaining))
        case 2: self = .delete(key: key)
        case 3: self = .get(key: key)
        default: throw .malformed("the operation \(kind) of a transaction is unknown")
        }
    }
}
