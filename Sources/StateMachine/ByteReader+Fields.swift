import Bytes
import Raft

// What commands, outcomes and snapshots are made of.

extension ByteReader {
    /// Reads a byte that is 0 or 1.
    mutating func readFlag() throws(Failure) -> Bool {
        let byte = try readUInt8()
        guard byte <= 1 else { throw .malformed("a flag is \(byte), not 0 or 1") }
        return byte == 1
    }

    /// Reads how many elements of at least `minimumSize` bytes follow: a count that the remaining bytes cannot hold is refused before
    /// anything is allocated for it.
    mutating func readCount(minimumSize: Int) throws(Failure) -> Int {
        let count = try readVarint()
        guard count <= UInt64(remaining / minimumSize) else { throw .truncated }
        return Int(count)
    }

    /// Reads a key behind its length.
    mutating func readKey() throws(Failure) -> [UInt8] {
        let key = try readLengthPrefixedBytes(maxCount: Key.maximumCount)
        guard !key.isEmpty else { throw .malformed("the key is empty") }
        return key
    }

    /// Reads a key behind its length, and looks at its bytes too.
    mutating func readValidKey() throws(Failure) -> [UInt8] {
        let key = try readKey()
        do {
            try Key.validate(key)
        } catch {
            throw .malformed(error.description)
        }
        return key
    }

    mutating func readRandomID() throws(Failure) -> RandomID {
        RandomID(high: try readUInt64(), low: try readUInt64())
    }
}

extension ByteWriter {
    /// Appends 0 or 1.
    mutating func append(flag: Bool) { append((flag ? 1 : 0) as UInt8) }

    mutating func append(_ id: RandomID) {
        append(id.high)
        append(id.low)
    }
}
