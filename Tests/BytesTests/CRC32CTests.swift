import Bytes
import Testing

@Suite("CRC32C")
struct CRC32CTests {
    /// RFC 3720 appendix B.4, and the check value of the CRC catalogues.
    @Test(
        "the published values",
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            ([UInt8]("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func published(bytes: [UInt8], checksum: UInt32) {
        #expect(CRC32C.checksum(bytes) == checksum)
        #expect(CRC32C.checksum(bytes[...]) == checksum)
        #expect(CRC32C.checksum(bytes.span) == checksum)
        #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == checksum)
        #expect(Self.bitwise(bytes) == checksum)
    }

    @Test("every length and alignment agrees with the bitwise definition")
    func agreesWithDefinition() {
        let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 43) }
        for start in 0..<9 {
            for end in start...bytes.count {
                #expect(CRC32C.checksum(bytes[start..<end]) == Self.bitwise(Array(bytes[start..<end])))
            }
        }
    }

    @Test("feeding in two parts gives the same value at every split")
    func splits() {
        let bytes = (0..<61).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let whole = CRC32C.checksum(bytes)
        for split in 0...bytes.count {
            var crc = CRC32C()
            crc.update(bytes[..<split])
            crc.update(Array(bytes[split...]))
            #expect(crc.value == whole, "split at \(split)")
        }
    }

    /// The definition: the remainder of polynomial division, one bit at a time.
    private static func bitwise(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        return ~crc
    }
}
