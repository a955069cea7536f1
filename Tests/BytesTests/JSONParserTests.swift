import Bytes
import Testing

@Suite("JSONParser")
struct JSONParserTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", nil), ("true", true), (" false\r\n\t", false),
        ("0", 0), ("-0", 0), ("-1", -1), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .unsigned(1 << 63)),
        ("18446744073709551615", .unsigned(.max)), ("18446744073709551616", .number(18_446_744_073_709_551_616)),
        ("-9223372036854775809", .number(-9_223_372_036_854_775_808)),
        ("1.0", .number(1)), ("-0.0", .number(0)), ("1e2", .number(100)), ("1E+2", .number(100)),
        ("25e-2", .number(0.25)),
        ("1e-400", .number(0)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
        ("\"\"", ""), ("\"é\u{10FFFF}\u{7F}\"", "é\u{10FFFF}\u{7F}"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""a\u00e9b\uD83D\uDE00\u0000""#, "aéb😀\0"),
        ("[]", []), ("[ ]", []), ("[1,[2],{}]", [1, [2], [:]]), (" [ 1 , 2 ] ", [1, 2]),
        ("{}", [:]), ("{ }", [:]), (#"{"b":1,"a":{"b":null}}"#, ["b": 1, "a": ["b": nil]]),
        (#"{"":0," ":1}"#, ["": 0, " ": 1]),
    ]

    /// A document, and the offset of what is wrong with it.
    static let refused: [(String, Int)] = [
        ("", 0), (" ", 1), ("\u{FEFF}1", 0), ("1 2", 2), ("nul", 0), ("nulL", 0), ("True", 0), ("truefalse", 4),
        ("NaN", 0), ("Infinity", 0), ("-", 1), ("-a", 1), ("+1", 0), ("01", 1), ("-01", 2), ("00", 1), ("1.", 2),
        (".5", 0),
        ("1.e2", 2), ("1e", 2), ("1e+", 3), ("1e400", 0), ("-1e400", 0), ("0x10", 1), ("1_000", 1),
        ("\"", 1), ("\"a", 2), ("\"\\", 2), (#""\x""#, 1), (#""\u12""#, 5), (#""\u12G4""#, 5), (#""\uD800""#, 1),
        (#""ab\uDC00""#, 3), (#""\uD800\u0041""#, 1), (#""\uD800\n""#, 1), (#""\uD800\uD800""#, 1), (#""\u+123""#, 3),
        ("\"\n\"", 1), ("\"a\u{1F}\"", 2), ("\"\0\"", 1), ("'a'", 0),
        ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("[1}", 2), ("]", 0), ("[1]]", 3),
        ("{", 1), ("{,}", 1), ("{a:1}", 1), ("{1:1}", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7),
        (#"{"a" 1}"#, 5),
        (#"{"a":1"#, 6), (#"{"a":1]"#, 6), (#"{"a":1 "b":2}"#, 7), (#"{"a":1,"a":2}"#, 7), (#"{"a":1,"\u0061":2}"#, 7),
        (#"[{"a":1,"b":2,"a":3}]"#, 14), ("// c\n1", 0), ("1//", 1), ("\u{A0}1", 0), ("\u{C}1", 0),
    ]

    @Test("documents that are JSON", arguments: accepted)
    func accepts(document: String, expected: JSONValue) throws {
        #expect(try JSONParser.parse(Array(document.utf8)) == expected)
        #expect(try JSONParser.parse(([0x5B] + Array(document.utf8))[1...]) == expected)
    }

    @Test("documents that are not, and where", arguments: refused)
    func refuses(document: String, offset: Int) {
        let failure = #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(document.utf8)) }
        #expect(failure?.offset == offset, "\(document): \(failure.map(String.init(describing:)) ?? "accepted")")
    }

    @Test(
        "bytes that are not UTF-8 are refused, plain or beside an escape",
        arguments: [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3]] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        for prefix in ["[\"", "[\"\\n"] {
            let document = Array(prefix.utf8) + bytes + Array("\"]".utf8)
            #expect(throws: JSONParser.Failure(offset: 1, reason: "a string is not UTF-8")) {
                try JSONParser.parse(document)
            }
        }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bytes) }
    }

    @Test("keys that are canonically equivalent but written differently are two keys")
    func keysAreCodePoints() throws {
        let document = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        let object = try #require(try JSONParser.parse(Array(document.utf8)).object)
        #expect(object.members.count == 2)
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != .string("e\u{301}"))
    }

    @Test("a duplicate key is found in an object of many members, wherever it stands")
    func duplicateAmongMany() throws {
        let keys = (0..<100).map { "\"k\($0)\":\($0)" }
        let distinct = try JSONParser.parse(Array("{\(keys.joined(separator: ","))}".utf8))
        #expect(distinct.object?.members.map(\.key) == (0..<100).map { "k\($0)" })
        for index in 0..<100 {
            let document = "{\((keys + [keys[index]]).joined(separator: ","))}"
            #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(document.utf8)) }
        }
    }

    @Test("nesting is accepted up to the limit and refused one deeper")
    func depthLimit() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONParser.parse(nested(64))
        let reason = "arrays and objects are nested too deeply"
        #expect(throws: JSONParser.Failure(offset: 64, reason: reason)) { try JSONParser.parse(nested(65)) }
        #expect(throws: JSONParser.Failure(offset: 0, reason: reason)) { try JSONParser.parse(nested(1), maxDepth: 0) }
        _ = try JSONParser.parse(Array("[[],[],{}]".utf8), maxDepth: 2)
        let bomb = Array(String(repeating: "[{\"a\":", count: 1_000_000).utf8)
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bomb) }
    }

    @Test("a document cut anywhere is refused")
    func everyTruncation() throws {
        let document = Array(#"{"a":[1.5e3,true,null,"x\u00e9\uD83D\uDE00é"],"b":{"c":"d"}}"#.utf8)
        _ = try JSONParser.parse(document)
        for cut in 0..<document.count {
            #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(document[..<cut]) }
        }
    }
}
