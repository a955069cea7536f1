import Raft

/// Ways in which bytes may arrive.
enum Pieces {
    /// Each byte alone, and three ways that the bytes themselves choose: the fuzzer finds others by changing them.
    static func ways(of bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        var random = SeededRandom(seed: bytes.reduce(UInt64(bytes.count)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
        let single = bytes.indices.map { bytes[$0...$0] }
        return [single] + [2, 16, 200].map { cut(bytes, upTo: $0, &random) }
    }

    /// Pieces of 0 to `longest` bytes.
    private static func cut(
        _ bytes: [UInt8], upTo longest: UInt64, _ random: inout SeededRandom
    ) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int(random.next() % (longest + 1)))
            pieces.append(piece)
            rest = rest[piece.endIndex...]
        }
        return pieces
    }
}
