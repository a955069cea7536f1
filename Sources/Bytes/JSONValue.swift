/// A JSON document or a part of one (RFC 8259), as ``JSONParser`` reads it and ``JSONWriter`` writes it.
///
/// A whole number is exact as far as 64 bits go: `integer` if it fits `Int64`, else `unsigned` if it fits `UInt64`,
/// else `number`. A number written with a fraction or an exponent is always `number`.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A whole number above `Int64.max`.
    case unsigned(UInt64)
    /// A finite number.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// A whole number in the one case that stands for it.
    package init(_ value: UInt64) {
        self = Int64(exactly: value).map(JSONValue.integer) ?? .unsigned(value)
    }
}

// MARK: - What is in it

extension JSONValue {
    /// Whether it is `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The truth value, or nil if it is none.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The whole number, or nil if it is none or outside `UInt64`.
    package var uint64: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }

    /// The whole number, or nil if it is none or outside `Int64`.
    package var int64: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// Any number, rounded to the nearest `Double`; nil if it is not a number.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The text, or nil if it is none.
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, or nil if it is not an array.
    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, or nil if it is not an object.
    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }
}

// MARK: - Equality

extension JSONValue: Equatable {
    /// Same kind and same content. Strings are compared by their code points, not by canonical equivalence as `String`
    /// does; objects with their members in order.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.unsigned(let left), .unsigned(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}
