import Bytes
import Documents

/// A place in a list, as clients pass it back.
enum Cursor {
    static let invalid = ArgumentFailure("cursor", "is none that this server gave: pass next_cursor back as it is")

    static func encode(_ place: [UInt8]) -> String { Base64.encode(place) }

    static func decode(_ text: String) -> [UInt8]? { Base64.decode(text) }
}
