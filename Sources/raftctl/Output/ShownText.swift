import Bytes

/// Bytes of users on a terminal: readable, on one line, and never control sequences.
enum ShownText {
    /// - Parameter limit: how many bytes are shown at most; what is left out is counted.
    static func shown(_ bytes: [UInt8], limit: Int = 64) -> String {
        guard UTF8Text.isValid(bytes) else {
            return "base64:" + cut(Array(Base64.encode(bytes).utf8), limit, of: bytes.count)
        }
        return cut(bytes, limit, of: bytes.count)
    }

    private static func cut(_ text: [UInt8], _ limit: Int, of count: Int) -> String {
        guard text.count > limit else { return escaped(text) }
        var end = limit
        // Not within a character.
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return escaped(Array(text[..<end])) + "… (\(count) bytes)"
    }

    private static func escaped(_ text: [UInt8]) -> String {
        var shown = ""
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\n": shown += "\\n"
            case "\t": shown += "\\t"
            case "\\": shown += "\\\\"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                shown += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
