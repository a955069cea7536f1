extension [UInt8] {
    /// Appends UTF-8 with the escapes that a JSON string must have and no others (RFC 8259 section 7).
    mutating func appendJSONEscaped(_ text: Span<UInt8>) {
        reserveCapacity(count + text.count)
        var runStart = 0
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            append(text, from: runStart, to: index)
            appendJSONEscape(of: byte)
            runStart = index + 1
        }
        append(text, from: runStart, to: text.count)
    }

    private mutating func append(_ text: Span<UInt8>, from start: Int, to end: Int) {
        // Safe: the pointer does not leave the closure, and the slice checks its bounds.
        unsafe text.withUnsafeBufferPointer { buffer in
            unsafe append(contentsOf: buffer[start..<end])
        }
    }

    private mutating func appendJSONEscape(of byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default: append(contentsOf: "u00\(Hex.encode([byte]))".utf8)
        }
    }
}
