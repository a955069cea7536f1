/// Base 64 with the standard alphabet and padding (RFC 4648 section 4), strict: every byte string has exactly one
/// spelling, and nothing else decodes.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let pad = UInt8(ascii: "=")
    private static let invalid: UInt8 = 0xFF

    /// The value of every ASCII character of the alphabet; `invalid` for all others.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// Four characters for every three bytes begun.
    package static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = alphabet
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let present = min(3, bytes.count - index)
            let first = bytes[index]
            let second = present > 1 ? bytes[index + 1] : 0
            let third = present > 2 ? bytes[index + 2] : 0
            text.append(alphabet[Int(first >> 2)])
            text.append(alphabet[Int((first & 0x03) << 4 | second >> 4)])
            text.append(present > 1 ? alphabet[Int((second & 0x0F) << 2 | third >> 6)] : pad)
            text.append(present > 2 ? alphabet[Int(third & 0x3F)] : pad)
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` spells.
    /// - Returns: nil for characters outside the alphabet (white space too), wrong padding, or unused bits that are not
    ///   zero.
    package static func decode(_ text: String) -> [UInt8]? {
        decode(Array(text.utf8))
    }

    /// The bytes that ASCII `text` spells.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        decode(Array(text))
    }

    /// The bytes that ASCII `text` spells.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.suffix(2).reversed().prefix { $0 == pad }.count
        let values = values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        // The bits read but not yet written are the lowest `pending` of `bits`.
        var bits: UInt32 = 0
        var pending = 0
        for character in text.dropLast(padding) {
            let value = values[Int(character)]
            guard value != invalid else { return nil }
            bits = bits << 6 | UInt32(value)
            pending += 6
            if pending >= 8 {
                pending -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> pending))
            }
        }
        let unused = bits & ((1 << pending) - 1)
        return unused == 0 ? bytes : nil
    }
}
