import Bytes
import Testing

@Suite("JSONWriter and JSONValue")
struct JSONWriterTests {
    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    @Test("commas, colons and brackets stand where they must")
    func structure() {
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.key("empty")
        writer.beginArray()
        writer.endArray()
        writer.key("values")
        writer.beginArray()
        writer.null()
        writer.value(true)
        writer.value(false)
        writer.value(UInt64.max)
        writer.value(Int64.min)
        writer.value(-10)
        writer.value(0)
        writer.value(0.1)
        writer.value("a")
        writer.value(utf8: [0xC3, 0xA9])
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        #expect(!writer.isComplete)
        writer.endObject()
        #expect(writer.isComplete)
        #expect(
            text(writer.bytes) == #"{"empty":[],"values":[null,true,false,18446744073709551615,"#
                + #"-9223372036854775808,-10,0,0.1,"a","é",{}]}"#)
    }

    @Test("what must be escaped is, and nothing else")
    func escapes() throws {
        let written = JSONValue.string("\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}é😀\u{2028}").encoded
        #expect(text(written) == #""\"\\/\b\f\n\r\t\u0000\u001f"# + "\u{7F}é😀\u{2028}\"")
        let every = String(String.UnicodeScalarView((0...0x2FF).compactMap(Unicode.Scalar.init)))
        #expect(try JSONParser.parse(JSONValue.string(every).encoded) == .string(every))
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a\"\n")
        writer.value(1)
        writer.endObject()
        #expect(text(writer.bytes) == #"{"a\"\n":1}"#)
    }

    @Test(
        "every finite number reads back as itself",
        arguments: [
            0.1, -1.5, 1e21, 1e300, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .pi,
            9_007_199_254_740_992,
            -0.0,
        ] as [Double])
    func doubles(number: Double) throws {
        var writer = JSONWriter()
        writer.value(number)
        #expect(try JSONParser.parse(writer.bytes) == .number(number))
    }

    @Test("calls out of order trap")
    func misuse() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.value(1)
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            writer.key("a")
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.value(1)
            writer.value(2)
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("a")
            writer.endObject()
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            writer.endObject()
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.value(Double.nan)
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.value(utf8: [0xFF])
        }
    }

    @Test("accessors give the content of their kind only")
    func accessors() {
        #expect(JSONValue(7) == 7)
        #expect(JSONValue(UInt64.max) == .unsigned(.max))
        #expect(JSONValue(UInt64.max).uint64 == .max)
        #expect((7 as JSONValue).uint64 == 7)
        #expect((-7 as JSONValue).uint64 == nil)
        #expect((-7 as JSONValue).int64 == -7)
        #expect((7.0 as JSONValue).uint64 == nil, "a number written with a fraction is no integer")
        #expect((7 as JSONValue).double == 7)
        #expect(("7" as JSONValue).uint64 == nil)
        #expect(("7" as JSONValue).string == "7")
        #expect((true as JSONValue).bool == true)
        #expect((1 as JSONValue).bool == nil)
        #expect(([1] as JSONValue).array == [1])
        #expect((["a": 1] as JSONValue).object?["a"] == 1)
        #expect((["a": 1] as JSONValue).object?["b"] == nil)
        #expect((nil as JSONValue).isNull)
    }

    @Test("an object keeps its order when it changes")
    func objectOrder() {
        var object = JSONObject()
        object["b"] = 1
        object["a"] = 2
        object["c"] = 3
        object["a"] = 4
        object["b"] = nil as JSONValue?
        #expect(text(JSONValue.object(object).encoded) == #"{"a":4,"c":3}"#)
    }

    @Test("random values read back as themselves", arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func randomRoundTrip(seed: UInt64) throws {
        print("JSON random round trip: seed \(seed)")
        var random = RandomJSON(seed: seed)
        for _ in 0..<500 {
            let value = random.value(depth: 0)
            let encoded = value.encoded
            let parsed = try JSONParser.parse(encoded)
            #expect(parsed == value, "seed \(seed): \(text(encoded))")
            #expect(parsed.encoded == encoded, "seed \(seed)")
        }
    }

    @Test(
        "random damage to a document is refused or read, never a trap", arguments: [UInt64.random(in: 0 ... .max), 3])
    func randomDamage(seed: UInt64) {
        print("JSON random damage: seed \(seed)")
        var random = RandomJSON(seed: seed)
        for _ in 0..<500 {
            var bytes = random.value(depth: 0).encoded
            let index = Int(random.next() % UInt64(bytes.count))
            bytes[index] = UInt8(truncatingIfNeeded: random.next())
            do {
                let value = try JSONParser.parse(bytes)
                let again = try JSONParser.parse(value.encoded)
                #expect(again == value, "seed \(seed): \(text(bytes))")
            } catch {
                #expect((0...bytes.count).contains(error.offset), "seed \(seed): \(error)")
            }
        }
    }
}
