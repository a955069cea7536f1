import Bytes
import HTTP

/// Entries as the API shows them: `{"key","value" or "value_base64","revision"}`.
enum EntryText {
    /// Key, revision and value for a person.
    static func cells(_ entry: JSONObject) -> [String] {
        [
            ShownText.shown(Array((entry["key"]?.string ?? "").utf8), limit: 256),
            entry["revision"]?.uint64.map(String.init) ?? "-",
            entry.valueBytes.map { ShownText.shown($0) } ?? "-",
        ]
    }
}

extension JSONObject {
    /// The value, whichever way it stands there.
    var valueBytes: [UInt8]? {
        self["value"]?.string.map { Array($0.utf8) } ?? self["value_base64"]?.string.flatMap { Base64.decode($0) }
    }

    /// The object that `text` is; `nil` when it is none.
    init?(reading text: [UInt8]) {
        do {
            guard let object = try JSONParser.parse(text).object else { return nil }
            self = object
        } catch {
            return nil
        }
    }

    mutating func setValue(_ bytes: [UInt8]) {
        if UTF8Text.isValid(bytes) {
            self["value"] = .string(String(decoding: bytes, as: UTF8.self))
        } else {
            self["value_base64"] = .string(Base64.encode(bytes))
        }
    }
}

extension JSONValue {
    /// On one line.
    var text: String { String(decoding: encoded, as: UTF8.self) }
}

extension HTTPResponseMessage {
    /// The revision that the `ETag` tells.
    var revision: UInt64? { headers.first("etag").flatMap { UInt64($0.filter { $0 != "\"" }) } }
}
