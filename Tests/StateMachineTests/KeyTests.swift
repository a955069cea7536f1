import StateMachine
import Testing

@Suite("Keys")
struct KeyTests {
    @Test("1 to 1024 bytes of UTF-8 without NUL are a key")
    func limits() throws {
        try Key.validate(Array("a".utf8))
        try Key.validate(Array("süß/🔑".utf8))
        try Key.validate([UInt8](repeating: 0x61, count: 1024))
        #expect(throws: Key.Failure.empty) { try Key.validate([]) }
        #expect(throws: Key.Failure.tooLong(count: 1025)) { try Key.validate([UInt8](repeating: 0x61, count: 1025)) }
        #expect(throws: Key.Failure.containsNUL) { try Key.validate([0x61, 0]) }
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] {
            #expect(throws: Key.Failure.notUTF8) { try Key.validate(bytes) }
        }
    }
}
