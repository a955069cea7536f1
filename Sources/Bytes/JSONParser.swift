/// Reads one JSON document, strictly (RFC 8259).
///
/// Refused are: anything after the document, a key that stands twice in one object, bytes that are not UTF-8, lone
/// surrogates, a byte order mark, numbers that no `Double` can hold, and nesting deeper than the limit. The parser
/// recurses once a level, so that limit bounds the stack.
package struct JSONParser {
    /// Why a document was refused.
    package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// Where in the document, in bytes from its start.
        package let offset: Int
        package let reason: String

        package init(offset: Int, reason: String) {
            self.offset = offset
            self.reason = reason
        }

        package var description: String { "\(reason) at byte \(offset)" }
    }

    let bytes: [UInt8]
    /// The index of the next byte to read.
    var position = 0
    /// How many more containers may be begun inside the present one.
    private var depthLeft: Int

    private init(_ bytes: [UInt8], maxDepth: Int) {
        self.bytes = bytes
        depthLeft = maxDepth
    }

    /// Reads a whole document.
    /// - Parameter maxDepth: how many arrays and objects may be open at once.
    /// - Throws: the first thing that is wrong and where.
    /// - Complexity: O(n)
    package static func parse(_ bytes: [UInt8], maxDepth: Int = 64) throws(Failure) -> JSONValue {
        var parser = JSONParser(bytes, maxDepth: maxDepth)
        parser.skipWhiteSpace()
        let value = try parser.parseValue()
        parser.skipWhiteSpace()
        guard parser.peek == nil else { throw parser.failure("something follows the document") }
        return value
    }

    /// Reads a whole document; offsets in errors count from the start of the slice.
    package static func parse(_ bytes: ArraySlice<UInt8>, maxDepth: Int = 64) throws(Failure) -> JSONValue {
        try parse(Array(bytes), maxDepth: maxDepth)
    }

    // MARK: - Values

    private mutating func parseValue() throws(Failure) -> JSONValue {
        guard let first = peek else { throw failure("the document ends where a value should stand") }
        switch first {
        case UInt8(ascii: "{"): return .object(try nested { parser throws(Failure) in try parser.parseObject() })
        case UInt8(ascii: "["): return .array(try nested { parser throws(Failure) in try parser.parseArray() })
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseWord("true", as: .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", as: .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", as: .null)
        default: throw failure("no value begins like this")
        }
    }

    private mutating func parseWord(_ word: StaticString, as value: JSONValue) throws(Failure) -> JSONValue {
        let text = word.description.utf8
        guard bytes[position...].starts(with: text) else { throw failure("no value begins like this") }
        position += text.count
        return value
    }

    /// Runs `parse` one level deeper, past the opening bracket.
    private mutating func nested<Result>(
        _ parse: (inout JSONParser) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard depthLeft > 0 else { throw failure("arrays and objects are nested too deeply") }
        depthLeft -= 1
        position += 1
        skipWhiteSpace()
        let result = try parse(&self)
        depthLeft += 1
        return result
    }

    /// The elements and the closing bracket.
    private mutating func parseArray() throws(Failure) -> [JSONValue] {
        var elements: [JSONValue] = []
        if consume(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try parseValue())
            skipWhiteSpace()
            if consume(UInt8(ascii: "]")) { return elements }
            guard consume(UInt8(ascii: ",")) else { throw failure("a comma or ] should stand here") }
            skipWhiteSpace()
        }
    }

    /// The members and the closing brace.
    private mutating func parseObject() throws(Failure) -> JSONObject {
        var members: [JSONObject.Member] = []
        var keys = JSONKeySet()
        if consume(UInt8(ascii: "}")) { return JSONObject() }
        while true {
            let keyOffset = position
            guard peek == UInt8(ascii: "\"") else { throw failure("a key in quotes should stand here") }
            let key = try parseString()
            guard keys.insert(key) else { throw Failure(offset: keyOffset, reason: "a key stands twice in one object") }
            skipWhiteSpace()
            guard consume(UInt8(ascii: ":")) else { throw failure("a colon should stand here") }
            skipWhiteSpace()
            members.append(JSONObject.Member(key: key, value: try parseValue()))
            skipWhiteSpace()
            if consume(UInt8(ascii: "}")) { return JSONObject(distinct: members) }
            guard consume(UInt8(ascii: ",")) else { throw failure("a comma or } should stand here") }
            skipWhiteSpace()
        }
    }

    // MARK: - Bytes

    /// The next byte, or nil at the end.
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Passes over `byte` if it is next.
    mutating func consume(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// A failure at the next byte.
    func failure(_ reason: String) -> Failure {
        Failure(offset: position, reason: reason)
    }
}
