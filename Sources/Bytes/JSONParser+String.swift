/// Strings (RFC 8259 section 7).
extension JSONParser {
    /// Reads a string from its opening to its closing quote.
    mutating func parseString() throws(Failure) -> String {
        let opening = position
        position += 1
        let start = position
        skipPlain()
        if consume(UInt8(ascii: "\"")) {
            return try text(bytes[start..<position - 1], from: opening)
        }
        var content = Array(bytes[start..<position])
        while !consume(UInt8(ascii: "\"")) {
            try parseEscape(into: &content)
            let runStart = position
            skipPlain()
            content.append(contentsOf: bytes[runStart..<position])
        }
        return try text(content[...], from: opening)
    }

    /// Passes over bytes that stand for themselves.
    private mutating func skipPlain() {
        while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
    }

    private func text(_ content: ArraySlice<UInt8>, from opening: Int) throws(Failure) -> String {
        guard let text = UTF8Text.string(content) else {
            throw Failure(offset: opening, reason: "a string is not UTF-8")
        }
        return text
    }

    /// Reads an escape, which must be next because plain bytes and the closing quote are not.
    private mutating func parseEscape(into content: inout [UInt8]) throws(Failure) {
        guard let byte = peek else { throw failure("the document ends inside a string") }
        guard byte == UInt8(ascii: "\\") else { throw failure("a control character in a string is not escaped") }
        let start = position
        position += 1
        guard let letter = peek else { throw failure("the document ends inside a string") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: String(try parseScalar(from: start)).utf8)
        default: throw Failure(offset: start, reason: "no such escape")
        }
    }

    /// Reads the digits after `\u` and, if they are a high surrogate, the low one that must follow.
    private mutating func parseScalar(from start: Int) throws(Failure) -> Character {
        let first = try parseFourDigits()
        var code = UInt32(first)
        if UTF16.isLeadSurrogate(first) {
            guard consume(UInt8(ascii: "\\")), consume(UInt8(ascii: "u")) else {
                throw Failure(offset: start, reason: "a surrogate stands alone")
            }
            let second = try parseFourDigits()
            guard UTF16.isTrailSurrogate(second) else {
                throw Failure(offset: start, reason: "a surrogate stands alone")
            }
            code = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
        }
        guard let scalar = Unicode.Scalar(code) else {
            throw Failure(offset: start, reason: "a surrogate stands alone")
        }
        return Character(scalar)
    }

    private mutating func parseFourDigits() throws(Failure) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Hex.value(ofDigit: byte) else {
                throw failure("four hexadecimal digits should stand after \\u")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
