import Bytes

/// What the bytes of a key may be.
package enum Key {
    /// The longest key, in bytes.
    package static let maximumCount = 1024

    /// Why bytes are not a key.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case empty
        case tooLong(count: Int)
        case notUTF8
        case containsNUL

        package var description: String {
            switch self {
            case .empty: "the key is empty: give 1 to \(Key.maximumCount) bytes"
            case .tooLong(let count): "the key has \(count) bytes: at most \(Key.maximumCount) are allowed"
            case .notUTF8: "the key is not valid UTF-8"
            case .containsNUL: "the key contains a NUL byte"
            }
        }
    }

    /// Checks that `bytes` are a key: 1 to 1024 bytes of UTF-8 without NUL. Done before a command is proposed; what was
    /// committed is not checked again.
    package static func validate(_ bytes: [UInt8]) throws(Failure) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= maximumCount else { throw .tooLong(count: bytes.count) }
        guard !bytes.contains(0) else { throw .containsNUL }
        guard UTF8Text.isValid(bytes) else { throw .notUTF8 }
    }
}
