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

    /// The text that the bytes spell, or nil if they are not well-formed UTF-8.
    ///
    /// The same as `String(validating:as:)`, without the generic metadata that costs more than a short text.
    package static func string(_ bytes: ArraySlice<UInt8>) -> String? {
        do {
            return String(copying: try UTF8Span(validating: bytes.span))
        } catch {
            // As above.
            return nil
        }
    }
}
