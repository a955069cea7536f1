/// All that the operator said, each flag once: the command line wins over the environment, that over the file.
struct Settings {
    private var values: [FlagName: Setting] = [:]

    /// - Parameters:
    ///   - environment: the value of a variable. An empty one counts as absent.
    ///   - readFile: the contents of the `--config` file, if one is named.
    /// - Throws: an unreadable or refused file; exit 78.
    init(
        commandLine: [FlagName: String],
        environment: (String) -> String?,
        readFile: (String) throws(StartFailure) -> [UInt8]
    ) throws(StartFailure) {
        for flag in FlagName.allCases {
            if let text = commandLine[flag] {
                values[flag] = Setting(flag: flag, text: text, source: .commandLine)
            } else if let text = environment(flag.environmentName), !text.isEmpty {
                values[flag] = Setting(flag: flag, text: text, source: .environment)
            }
        }
        guard let path = values[.config] else { return }
        guard !path.text.isEmpty else { throw path.refusal("names no file: give the path of a JSON file") }
        for (flag, text) in try ConfigurationFile.parse(try readFile(path.text), path: path.text)
        where values[flag] == nil {
            values[flag] = Setting(flag: flag, text: text, source: .file(path: path.text))
        }
    }

    /// What was said, or nil where the default holds.
    subscript(flag: FlagName) -> Setting? { values[flag] }

    /// What a refusal calls the value that holds for a flag, `fallback` where nothing was said.
    func describe(_ flag: FlagName, fallback: some CustomStringConvertible) -> String {
        self[flag]?.description ?? "--\(flag.rawValue) \(fallback) (the default)"
    }

    /// A refusal for what several flags say together: exit 78 when the file takes part in it.
    func refusal(of flags: [FlagName], _ message: String) -> StartFailure {
        let isInFile = flags.contains { flag in
            if case .file = self[flag]?.source { true } else { false }
        }
        return StartFailure(message, status: isInFile ? .configuration : .usage)
    }
}
