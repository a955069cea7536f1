/// The rule for `--node-id`: the id names a directory, stands before `@` in peer lists and is a host name unless told
/// otherwise.
package enum NodeName {
    package static let maximumSize = 63
    static let rule = "1 to \(maximumSize) letters, digits, '.', '-' or '_', the first a letter or digit"

    package static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= maximumSize else { return false }
        return isLetterOrDigit(first) && text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }
}
