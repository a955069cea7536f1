/// FNV-1a with 64 bits: the same everywhere and for ever, unlike `Hasher`. Not for what an adversary chooses against others.
package struct FNV1a {
    package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    /// Adds a string of bytes and its length, so that no two lists of strings look the same.
    package mutating func add(_ bytes: some Collection<UInt8>) {
        for byte in bytes { add(byte) }
        var rest = UInt64(bytes.count)
        for _ in 0..<8 {
            add(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
