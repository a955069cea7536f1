/// The header fields of a received message, in order of arrival; names compare without case.
///
/// The head's bytes are kept once and the fields are ranges into them, so that parsing allocates nothing a field.
/// Every look-up is linear in the number of fields, which the parser bounds.
package struct HTTPHeaders: Sendable {
    /// Where a field's name and value stand in `bytes`; the value is without surrounding blanks.
    struct Field: Sendable {
        let nameStart, nameEnd, valueStart, valueEnd: UInt32

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    let bytes: [UInt8]
    let fields: [Field]

    /// The number of fields, repeated ones counted each.
    package var count: Int { fields.count }

    /// The value of the first field called `name`, unless there is none. Bytes that are not UTF-8 come out as U+FFFD.
    package func first(_ name: String) -> String? {
        firstBytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// As `first(_:)`, without making a string.
    package func firstBytes(_ name: String) -> ArraySlice<UInt8>? {
        for field in fields where bytes.equalsIgnoringCase(name, in: field.name) { return bytes[field.value] }
        return nil
    }

    /// The values of all fields called `name`, in order.
    package func all(_ name: String) -> [String] {
        fields.filter { bytes.equalsIgnoringCase(name, in: $0.name) }
            .map { String(decoding: bytes[$0.value], as: UTF8.self) }
    }

    package func contains(_ name: String) -> Bool { firstBytes(name) != nil }

    /// Whether the first field called `name` has exactly `value`, ASCII case aside. Allocates nothing.
    package func first(_ name: String, isIgnoringCase value: String) -> Bool {
        for field in fields where bytes.equalsIgnoringCase(name, in: field.name) {
            return bytes.equalsIgnoringCase(value, in: field.value)
        }
        return false
    }

    /// The field at `index` as sent.
    package subscript(index: Int) -> (name: String, value: String) {
        let field = fields[index]
        return (
            String(decoding: bytes[field.name], as: UTF8.self), String(decoding: bytes[field.value], as: UTF8.self)
        )
    }
}
