/// Byte classes of RFC 9110 and RFC 9112.
enum ASCII {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }

    /// `tchar`: one bit for each of the 128 codes.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case ..<64: tokensBelow64 & (1 << UInt64(byte)) != 0
        case ..<128: tokensFrom64 & (1 << UInt64(byte - 64)) != 0
        default: false
        }
    }

    private static var tokensBelow64: UInt64 { 0x03FF_6CFA_0000_0000 }
    private static var tokensFrom64: UInt64 { 0x57FF_FFFF_C7FF_FFFE }

    /// What may stand in a field value: visible characters, blanks, and the bytes above ASCII (`obs-text`).
    static func isFieldContent(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == tab }

    /// `VCHAR`.
    static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}

extension [UInt8] {
    /// Whether the bytes in `range` are exactly `text`.
    func equals(_ text: String, in range: Range<Int>) -> Bool {
        guard range.count == text.utf8.count else { return false }
        var index = range.lowerBound
        for byte in text.utf8 {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }

    /// Whether the bytes in `range` are `text`, ASCII case aside.
    func equalsIgnoringCase(_ text: String, in range: Range<Int>) -> Bool {
        guard range.count == text.utf8.count else { return false }
        var index = range.lowerBound
        for byte in text.utf8 {
            guard ASCII.lowercased(self[index]) == ASCII.lowercased(byte) else { return false }
            index += 1
        }
        return true
    }

    /// Appends `input[range]` in one copy.
    mutating func append(_ input: Span<UInt8>, in range: Range<Int>) {
        guard !range.isEmpty else { return }
        // The pointer is used during the call only, by an append that copies; the span vouches for its bounds.
        unsafe input.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
