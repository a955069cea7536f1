extension [UInt8] {
    /// Appends `number` in decimal, without making a string.
    mutating func appendDecimal(_ number: Int) {
        precondition(number >= 0, "lengths and statuses are not negative")
        if number >= 10 { appendDecimal(number / 10) }
        append(UInt8(number % 10) + 0x30)
    }

    /// Appends `text` as a JSON string with its quotes (RFC 8259, section 7).
    mutating func appendJSONString(_ text: String) {
        let digits = Array("0123456789abcdef".utf8)
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(contentsOf: [UInt8(ascii: "\\"), byte])
            case ..<0x20: append(contentsOf: [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends `name: value` and the line end.
    mutating func appendHeader(_ name: String, _ value: String) {
        append(contentsOf: name.utf8)
        append(contentsOf: ": ".utf8)
        append(contentsOf: value.utf8)
        append(contentsOf: "\r\n".utf8)
    }

    /// Appends `Content-Length` and the line end.
    mutating func appendContentLength(_ count: Int) {
        append(contentsOf: "Content-Length: ".utf8)
        appendDecimal(count)
        append(contentsOf: "\r\n".utf8)
    }
}
