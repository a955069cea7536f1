import Bytes

/// What the name of a session log, or of a heap, may be.
package enum Name {
    /// The longest name, in bytes.
    package static let maximumCount = 512

    /// Why bytes are not a name.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case empty
        case tooLong(count: Int)
        case notUTF8

        package var description: String {
            switch self {
            case .empty: "is empty: give 1 to \(Name.maximumCount) bytes"
            case .tooLong(let count): "has \(count) bytes: at most \(Name.maximumCount) are allowed"
            case .notUTF8: "is not valid UTF-8"
            }
        }
    }

    /// Checks that `bytes` are a name: 1 to 512 bytes of UTF-8. Beyond that they mean nothing here: no byte separates, none is special.
    package static func validate(_ bytes: [UInt8]) throws(Failure) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= maximumCount else { throw .tooLong(count: bytes.count) }
        guard UTF8Text.isValid(bytes) else { throw .notUTF8 }
    }
}

extension ByteReader {
    /// Reads a name behind its length.
    mutating func readName() throws(Failure) -> [UInt8] {
        let name = try readLengthPrefixedBytes(maxCount: Name.maximumCount)
        do {
            try Name.validate(name)
        } catch {
            throw .malformed("a name \(error.description)")
        }
        return name
    }

    /// Reads a flag, and a name behind it if it is set.
    mutating func readOptionalName() throws(Failure) -> [UInt8]? { try readFlag() ? try readName() : nil }
}

extension ByteWriter {
    /// Appends a flag, and the name if there is one.
    mutating func append(optionalName name: [UInt8]?) {
        append(flag: name != nil)
        if let name { appendLengthPrefixed(name) }
    }
}
