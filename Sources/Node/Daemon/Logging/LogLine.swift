import Bytes
import Logging

/// One line of the log, whatever its message holds: line ends and other control characters in it are escaped.
struct LogLine {
    let time: String
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata

    /// The line with its line end.
    func bytes(as format: LogFormat) -> [UInt8] {
        switch format {
        case .text: Array(text.utf8) + [UInt8(ascii: "\n")]
        case .json: json.encoded + [UInt8(ascii: "\n")]
        }
    }

    /// Sorted, so that lines look alike.
    private var sortedMetadata: [(key: String, value: Logger.MetadataValue)] {
        metadata.sorted { $0.key < $1.key }
    }

    // MARK: - Text

    /// `2026-01-02T03:04:05.678Z info  message key=value`
    private var text: String {
        let fields = sortedMetadata.map { " \(Self.plain($0.key))=\(Self.field($0.value.description))" }
        return "\(time) \(Self.name(of: level)) \(Self.plain(message))\(fields.joined())"
    }

    /// Five letters, so that messages stand below each other.
    private static func name(of level: Logger.Level) -> String {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info "
        case .notice: "note "
        case .warning: "warn "
        case .error: "error"
        case .critical: "fatal"
        }
    }

    /// A value that a reader can tell from what follows.
    private static func field(_ text: String) -> String {
        let isBare = !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" }
        return isBare ? plain(text) : String(decoding: JSONValue.string(text).encoded, as: UTF8.self)
    }

    /// `text` with its control characters escaped.
    private static func plain(_ text: String) -> String {
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return text }
        return text.unicodeScalars.map { Printable.isVisible($0) ? String($0) : $0.escaped(asASCII: true) }.joined()
    }

    // MARK: - JSON

    private static let ownKeys = ["time", "level", "message"]

    /// One object; a key of ours that the metadata use, too, gets a line behind it there.
    private var json: JSONValue {
        var object = JSONObject()
        object["time"] = .string(time)
        object["level"] = .string(level.rawValue)
        object["message"] = .string(message)
        for (key, value) in sortedMetadata {
            object[Self.ownKeys.contains(key) ? "\(key)_" : key] = Self.json(value)
        }
        return .object(object)
    }

    private static func json(_ value: Logger.MetadataValue) -> JSONValue {
        switch value {
        case .string(let text): return .string(text)
        case .stringConvertible(let value): return .string(value.description)
        case .array(let elements): return .array(elements.map(json))
        case .dictionary(let members):
            var object = JSONObject()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) { object[key] = json(value) }
            return .object(object)
        }
    }
}
