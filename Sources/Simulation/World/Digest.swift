/// A hash that is the same in every process (FNV-1a, and for bytes eight at a time).
struct Digest {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x0000_0100_0000_01B3
        value ^= value >> 29
    }

    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        var word: UInt64 = 0
        var place = 0
        for byte in bytes {
            word |= UInt64(byte) << UInt64(place)
            place += 8
            if place == 64 {
                add(word)
                (word, place) = (0, 0)
            }
        }
        if place > 0 { add(word) }
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(UInt64(byte)) }
        add(0)
    }
}
