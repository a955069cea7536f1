/// Strict UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
package enum UTF8Text {
    /// Whether the bytes are well-formed UTF-8.
    /// - Complexity: O(n)
    package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        do {
            _ = try UTF8Span(validating: bytes)
            return true
        } catch {
            // Where the error lies is of no interest here.
            return false
        }
    }

    /// Whether the bytes are well-formed UTF-8.
    package static func isValid(_ bytes: [UInt8]) -> Bool {
        isValid(bytes.span)
    }

    /// Whether the bytes are well-formed UTF-8.
    package static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        isValid(bytes.span)
    }
}
