import Testing

@testable import raftctl

@Suite struct TextTests {
    @Test(
        arguments: [
            ([0x61], "a"), ([0x1B, 0x5B], "\\u{1b}["), ([0x0A, 0x09, 0x5C], "\\n\\t\\\\"),
            ([0xFF, 0x00], "base64:/wA="), ([], ""),
            ([0xC2, 0x9B], "\\u{9b}"),
        ] as [([UInt8], String)])
    func bytesOfUsersDoNoHarm(bytes: [UInt8], shown: String) {
        #expect(ShownText.shown(bytes) == shown)
    }

    @Test func longTextIsCutBetweenCharacters() {
        #expect(ShownText.shown(Array("aééé".utf8), limit: 4) == "aé… (7 bytes)")
    }

    @Test func columnsAlign() {
        #expect(TextTable([["A", "B"], ["long", ""], ["x", "y"]]).text == "A     B\nlong\nx     y")
    }

    @Test(arguments: [("5", 5, 5), ("5..9", 5, 9), ("..9", 0, 9), ("5..", 5, UInt64.max)])
    func rangesOfEntries(text: String, from: UInt64, to: UInt64) throws {
        let range = try #require(EntryRange(argument: text))
        #expect((range.from, range.to) == (from, to))
    }

    @Test(arguments: ["", "a", "1..b", "-1", "1...2"])
    func whatIsNoRange(text: String) {
        #expect(EntryRange(argument: text) == nil)
    }

    @Test(arguments: [
        ("n1:7001", "n1:7001"), ("[::1]:7001", "[::1]:7001"), ("http://n1:7001", nil), ("n1:7001/", nil), ("n1", nil),
        (":7001", nil), ("n1:0", nil),
    ])
    func anAddressIsAHostAndAPort(text: String, read: String?) {
        #expect(Address(text)?.description == read)
    }

    @Test(arguments: [
        ("a", true), ("", false), ("a b", false), ("é", false), (String(repeating: "k", count: 256), false),
    ])
    func idempotencyKeysAreVisibleASCII(text: String, isValid: Bool) {
        #expect(IdempotencyHeader.isValid(text) == isValid)
    }
}
