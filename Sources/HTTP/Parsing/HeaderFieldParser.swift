/// Header and trailer lines (RFC 9112, section 5).
enum HeaderFieldParser {
    /// Parses `count` lines of `bytes` from `start` on. Each is known to end in CR LF.
    ///
    /// - Throws: 400 for a name that is no token (blanks before the colon included), for control characters in a value and for
    ///   folded lines.
    static func parse(_ bytes: [UInt8], from start: Int, count: Int) throws(HTTPParseError) -> [HTTPHeaders.Field] {
        var fields: [HTTPHeaders.Field] = []
        fields.reserveCapacity(count)
        let span = bytes.span
        var position = start
        while fields.count < count { fields.append(try field(span, at: &position)) }
        return fields
    }

    private static func field(_ bytes: Span<UInt8>, at position: inout Int) throws(HTTPParseError) -> HTTPHeaders.Field
    {
        let nameStart = position
        while ASCII.isToken(bytes[position]) { position += 1 }
        let nameEnd = position
        guard bytes[position] == UInt8(ascii: ":"), nameEnd > nameStart else {
            throw .badRequest(reason(forByte: bytes[position], inNameAt: position == nameStart))
        }
        position += 1
        while ASCII.isBlank(bytes[position]) { position += 1 }
        let valueStart = position
        while ASCII.isFieldContent(bytes[position]) { position += 1 }
        guard bytes[position] == ASCII.carriageReturn, bytes[position + 1] == ASCII.lineFeed else {
            throw .badRequest("a header value holds a control character")
        }
        var valueEnd = position
        while valueEnd > valueStart, ASCII.isBlank(bytes[valueEnd - 1]) { valueEnd -= 1 }
        position += 2
        return HTTPHeaders.Field(
            nameStart: UInt32(nameStart), nameEnd: UInt32(nameEnd),
            valueStart: UInt32(valueStart), valueEnd: UInt32(valueEnd)
        )
    }

    private static func reason(forByte byte: UInt8, inNameAt isFirst: Bool) -> String {
        switch (byte, isFirst) {
        case (ASCII.space, true), (ASCII.tab, true): "a header line is folded, which RFC 9112 has abolished"
        case (ASCII.space, false), (ASCII.tab, false): "a blank stands in a header name or before its colon"
        default: "a header line has no valid name and colon"
        }
    }
}
