/// Writes JSON straight into bytes, without a tree: commas, colons and escapes are its concern, the order of calls is
/// the caller's.
///
/// What it produces is always valid JSON (RFC 8259) without white space. Calls out of order are a programming error and
/// trap: a value in an object without a key, a key in an array, an end without its beginning, a second document.
package struct JSONWriter: Sendable {
    private enum Container {
        case array
        case object
    }

    /// What may come next.
    private enum State {
        /// The document itself, the first element of an array or the first key of an object.
        case start
        /// The value of the key just written.
        case afterKey
        /// A comma, if anything more comes in this container.
        case afterValue
    }

    /// What has been written so far; a whole document when ``isComplete``.
    package private(set) var bytes: [UInt8]

    private var open: [Container] = []
    private var state = State.start

    /// A writer of one document.
    /// - Parameter capacity: how many bytes to make room for ahead.
    package init(reserving capacity: Int = 0) {
        bytes = []
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Whether the document has been written to its end.
    package var isComplete: Bool { open.isEmpty && state == .afterValue }

    // MARK: - Structure

    /// Begins an object; ``key(_:)`` and a value in turn, then ``endObject()``.
    package mutating func beginObject() {
        begin(.object, with: UInt8(ascii: "{"))
    }

    /// Ends the innermost container, which is an object.
    package mutating func endObject() {
        end(.object, with: UInt8(ascii: "}"))
    }

    /// Begins an array; values, then ``endArray()``.
    package mutating func beginArray() {
        begin(.array, with: UInt8(ascii: "["))
    }

    /// Ends the innermost container, which is an array.
    package mutating func endArray() {
        end(.array, with: UInt8(ascii: "]"))
    }

    /// Writes the key of the value that comes next. That no key stands twice is the caller's concern.
    package mutating func key(_ key: String) {
        precondition(open.last == .object, "the key \(key) stands outside an object")
        precondition(state != .afterKey, "the key \(key) follows a key without a value")
        if state == .afterValue { bytes.append(UInt8(ascii: ",")) }
        appendQuoted(key.utf8.span)
        bytes.append(UInt8(ascii: ":"))
        state = .afterKey
    }

    // MARK: - Values

    /// Writes `null`.
    package mutating func null() {
        literal("null")
    }

    /// Writes `true` or `false`.
    package mutating func value(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes a string.
    package mutating func value(_ text: String) {
        beforeValue()
        appendQuoted(text.utf8.span)
    }

    /// Writes bytes of UTF-8 as a string.
    /// - Precondition: the bytes are strict UTF-8; ask ``UTF8Text`` when in doubt.
    package mutating func value(utf8 text: [UInt8]) {
        value(utf8: text[...])
    }

    /// Writes bytes of UTF-8 as a string.
    /// - Precondition: the bytes are strict UTF-8; ask ``UTF8Text`` when in doubt.
    package mutating func value(utf8 text: ArraySlice<UInt8>) {
        precondition(UTF8Text.isValid(text), "a JSON string cannot hold bytes that are not UTF-8")
        beforeValue()
        appendQuoted(text.span)
    }

    /// Writes a whole number.
    package mutating func value(_ value: UInt64) {
        beforeValue()
        appendDecimal(value)
    }

    /// Writes a whole number.
    package mutating func value(_ value: Int64) {
        beforeValue()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDecimal(value.magnitude)
    }

    /// Writes a whole number.
    package mutating func value(_ value: Int) {
        self.value(Int64(value))
    }

    /// Writes the shortest decimal that reads back as the same number.
    /// - Precondition: `value` is finite; JSON has no other numbers.
    package mutating func value(_ value: Double) {
        precondition(value.isFinite, "JSON has no number \(value)")
        literal(value.description)
    }

    /// Writes a document that was written before.
    /// - Precondition: the bytes are one JSON value; they are not looked at.
    package mutating func value(json document: [UInt8]) {
        beforeValue()
        bytes.append(contentsOf: document)
    }

    // MARK: - Order of calls

    private mutating func begin(_ container: Container, with bracket: UInt8) {
        beforeValue()
        bytes.append(bracket)
        open.append(container)
        state = .start
    }

    private mutating func end(_ container: Container, with bracket: UInt8) {
        precondition(open.last == container, "the end of an \(container) that is not the innermost one open")
        precondition(state != .afterKey, "an object ends after a key without a value")
        bytes.append(bracket)
        open.removeLast()
        state = .afterValue
    }

    /// Checks that a value may come here, and writes the comma before it.
    private mutating func beforeValue() {
        switch (open.last, state) {
        case (.object?, .afterKey), (.array?, .start), (nil, .start): break
        case (.array?, .afterValue): bytes.append(UInt8(ascii: ","))
        case (.object?, _): preconditionFailure("a value in an object without a key")
        case (nil, _): preconditionFailure("a second value after the document")
        case (.array?, .afterKey): preconditionFailure("a key in an array")
        }
        state = .afterValue
    }

    private mutating func literal(_ text: String) {
        beforeValue()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func appendDecimal(_ value: UInt64) {
        if value >= 10 { appendDecimal(value / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }

    private mutating func appendQuoted(_ text: Span<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        bytes.appendJSONEscaped(text)
        bytes.append(UInt8(ascii: "\""))
    }
}
