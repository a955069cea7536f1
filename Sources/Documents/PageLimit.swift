/// How much a page of a list holds.
package enum PageLimit {
    /// Items, unless asked otherwise.
    package static let standard = 100
    /// Items that may be asked for.
    package static let range = 1...1000
    /// Bytes of keys and values, or of texts.
    package static let maxBytes = 4 << 20
}
