/// A flag's value as the operator wrote it, and where.
struct Setting: Sendable, Equatable {
    enum Source: Sendable, Equatable {
        case commandLine
        case environment
        case file(path: String)
    }

    let flag: FlagName
    let text: String
    let source: Source

    /// What a refusal calls it: `--http-port abc`, `RAFTD_HTTP_PORT=abc`, `raftd.json: http-port abc`.
    var description: String {
        let value = Printable.text(text)
        return switch source {
        case .commandLine: flag.isSwitch ? "--\(flag.rawValue)" : "--\(flag.rawValue) \(value)"
        case .environment: "\(flag.environmentName)=\(value)"
        case .file(let path): "\(path): \(flag.rawValue) \(value)"
        }
    }

    /// A refusal that begins with the setting; `reason` goes on with what is wrong and what to do.
    func refusal(_ reason: String) -> StartFailure {
        if case .file = source { return StartFailure("\(description) \(reason)", status: .configuration) }
        return StartFailure("\(description) \(reason)", status: .usage)
    }
}

/// Text from outside as part of a line of ours.
enum Printable {
    /// The text itself when it is plain; in single quotes, control characters escaped, when it is empty or has blanks or worse.
    static func text(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { $0 != " " && isVisible($0) }
        if isPlain && !text.isEmpty { return text }
        return "'\(text.unicodeScalars.map { isVisible($0) ? String($0) : $0.escaped(asASCII: true) }.joined())'"
    }

    /// Neither a control character nor one of the separators that some terminals take for line ends.
    static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        return value >= 0x20 && !(0x7F...0x9F ~= value) && value != 0x2028 && value != 0x2029
    }
}
