import Bytes
import Testing

@Suite("Hex, Base64 and UTF8Text")
struct TextTests {
    @Test("hexadecimal round trip, and what is refused")
    func hex() {
        let all = [UInt8](0...255)
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.encode([0x0A, 0xF0]) == "0af0")
        #expect(Hex.encode(0x0123_4567_89AB_CDEF as UInt64) == "0123456789abcdef")
        #expect(Hex.encode(0 as UInt64) == "0000000000000000")
        #expect(Hex.decode("0aF0") == [0x0A, 0xF0])
        #expect(Hex.decode("") == [])
        for refused in ["0", "0g", "+1", " 0", "é", "/:", "@`"] { #expect(Hex.decode(refused) == nil, "\(refused)") }
    }

    /// RFC 4648 section 10.
    @Test(
        "the published base 64 values",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        #expect(Base64.decode(Array(encoded.utf8)[...]) == Array(plain.utf8))
    }

    @Test("base 64 of every length round trips")
    func base64Lengths() {
        for count in 0...256 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 251 &+ count) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
    }

    @Test(
        "base 64 that is not the one spelling is refused",
        arguments: [
            "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm 9", "Zm9v\n", "-_-_", "Zm9v=", "=Zm9", "Z=g=",
        ])
    func base64Refused(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("UTF-8 is judged strictly")
    func utf8() {
        let valid: [[UInt8]] = [
            [], [0], [0x7F], [0xC2, 0x80], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEF, 0xBF, 0xBF],
            [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        ]
        let invalid: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xE2, 0x82],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC2, 0x41],
        ]
        for bytes in valid {
            #expect(UTF8Text.isValid(bytes), "\(bytes)")
            #expect(UTF8Text.isValid(([0xFF] + bytes)[1...]), "\(bytes) as a slice")
        }
        for bytes in invalid {
            #expect(!UTF8Text.isValid(bytes), "\(bytes)")
            #expect(!UTF8Text.isValid([UInt8](repeating: 0x61, count: 40) + bytes + [0x61]), "\(bytes) inside text")
        }
    }
}
