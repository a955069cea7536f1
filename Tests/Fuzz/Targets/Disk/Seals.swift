import Bytes
import Raft
import StateMachine

/// Gives bytes the checksums that fit. A checksum keeps chance out, not intent, and it would keep a fuzzer from all that is behind it.
enum Seals {
    /// A peer frame: its last four bytes.
    static func frame(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 4 else { return bytes }
        var sealed = bytes
        sealed.put(CRC32C.checksum(bytes.dropLast(4)), at: bytes.count - 4)
        return sealed
    }

    /// A segment file: its header, and all batches and records whose lengths make sense.
    static func segment(_ bytes: [UInt8]) -> [UInt8] {
        let headerSize = 72
        guard bytes.count >= headerSize else { return bytes }
        var sealed = bytes
        sealed.put(CRC32C.checksum(bytes[..<(headerSize - 4)]), at: headerSize - 4)
        var seed = CRC32C()
        seed.update(bytes[..<(headerSize - 4)])
        var position = headerSize
        while let length = sealed.uint32(at: position + 4), length >= 40, length % 8 == 0,
            position + length <= sealed.count
        {
            sealBatch(&sealed, position..<position + length, seed)
            position += length
        }
        return sealed
    }

    private static func sealBatch(_ bytes: inout [UInt8], _ batch: Range<Int>, _ seed: CRC32C) {
        let start = batch.lowerBound
        var sum = seed
        sum.update(bytes[start..<start + 28])
        bytes.put(sum.value, at: start + 28)
        var position = start + 40
        while let payload = bytes.uint32(at: position + 4), position + 32 <= batch.upperBound {
            let end = position + 32 + (payload + 7) & ~7
            guard end <= batch.upperBound else { break }
            bytes.put(CRC32C.checksum(bytes[(position + 4)..<end]), at: position)
            sum.update(bytes[position..<position + 4])
            position = end
        }
        bytes.put(sum.value, at: start + 32)
    }

    /// A document of one line whose last member is its checksum.
    static func document(_ bytes: [UInt8]) -> [UInt8] {
        let key = Array(#","crc32c":""#.utf8)
        let starts = bytes.indices.filter { bytes[$0...].starts(with: key) }
        guard let start = starts.last, start + key.count + 8 <= bytes.count else { return bytes }
        let sum = CRC32C.checksum(bytes[..<start] + [UInt8(ascii: "}")])
        let digits = Hex.encode((0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) })
        var sealed = bytes
        sealed.replaceSubrange((start + key.count)..<(start + key.count + 8), with: digits.utf8)
        return sealed
    }

    /// A snapshot: its frames, and what the last one says of all before it.
    static func snapshot(_ bytes: [UInt8]) -> [UInt8] {
        var sealed = bytes
        let endKind: UInt8 = bytes.uint32(at: 8) == 1 ? 7 : 8
        var position = 12
        while let length = sealed.uint32(at: position), position + 8 + length <= sealed.count {
            let content = position + 8
            if length >= 13, sealed[content] == endKind {
                let whole = CRC32C.checksum(sealed[..<position])
                sealed.put(UInt32(position), at: content + 1)
                sealed.put(0, at: content + 5)
                sealed.put(whole, at: content + 9)
            }
            sealed.put(
                CRC32C.checksum(sealed[position..<position + 4] + sealed[content..<content + length]), at: position + 4)
            position = content + length
        }
        return sealed
    }

    /// A snapshot of the current version with the hash of its state, which the decoder told when it found another one at the end.
    static func hash(_ bytes: [UInt8], toldBy failure: SnapshotFailure) -> [UInt8]? {
        let words = failure.reason.split(separator: " ")
        guard failure.reason.hasPrefix("the state has hash"), words.count > 4,
            let hash = Hex.decode(String(words[4].prefix(32))), hash.count == 16
        else { return nil }
        let start = Int(failure.offset) + 8 + 13
        guard start + 16 <= bytes.count else { return nil }
        var fitting = bytes
        fitting.replaceSubrange(start..<(start + 16), with: hash[..<8].reversed() + hash[8...].reversed())
        return snapshot(fitting)
    }

    /// Any file of a data directory.
    static func file(_ file: Container.File) -> Container.File {
        let sealed =
            if file.path.hasPrefix("raft_log/") {
                segment(file.bytes)
            } else if file.path.hasPrefix("data/") {
                snapshot(file.bytes)
            } else {
                document(file.bytes)
            }
        return Container.File(path: file.path, bytes: sealed)
    }
}

extension [UInt8] {
    /// Four bytes, little-endian; `nil` where they are not.
    fileprivate func uint32(at offset: Int) -> Int? {
        guard offset + 4 <= count else { return nil }
        return (0..<4).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
    }

    fileprivate mutating func put(_ value: UInt32, at offset: Int) {
        for place in 0..<4 { self[offset + place] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))) }
    }
}
