import ArgumentParser
import Glibc

/// What the command line asks for.
package enum Launch: Sendable, Equatable {
    case run(Options)
    case recover(RecoverOptions)
    /// Help or version: to stdout, then exit 0.
    case print(String)
    /// One line to stderr, then this exit.
    case refuse(StartFailure)
}

/// A command line whose values the environment and a file may give as well.
protocol SettingsCommand: ParsableCommand {
    /// What was typed.
    var given: [FlagName: String] { get }
}

extension Options {
    /// Reads the command line, the environment and the configuration file. Opens and creates nothing else.
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - environment: the value of a variable.
    ///   - readFile: the contents of the `--config` file; its failure is the refusal.
    package static func parse(
        arguments: [String],
        environment: (String) -> String?,
        readFile: (String) throws(StartFailure) -> [UInt8]
    ) -> Launch {
        let words = arguments.flatMap(separated)
        guard words.first == RecoverFlags.name else {
            return parse(DaemonFlags.self, words, environment, readFile) { settings, _ throws(StartFailure) in
                .run(try Options(settings))
            }
        }
        let rest = Array(words.dropFirst())
        return parse(RecoverFlags.self, rest, environment, readFile) { settings, flags throws(StartFailure) in
            .recover(try RecoverOptions(settings, flags))
        }
    }

    private static func parse<Flags: SettingsCommand>(
        _ type: Flags.Type, _ words: [String], _ environment: (String) -> String?,
        _ readFile: (String) throws(StartFailure) -> [UInt8],
        _ launch: (Settings, Flags) throws(StartFailure) -> Launch
    ) -> Launch {
        let flags: Flags
        do {
            flags = try Flags.parse(words)
        } catch {
            // Help and version come as errors, too.
            guard Flags.exitCode(for: error).isSuccess else {
                let message = oneLine(Flags.message(for: error))
                return .refuse(StartFailure("\(message): see raftd --help", status: .usage))
            }
            return .print(Flags.fullMessage(for: error, columns: 100))
        }
        do throws(StartFailure) {
            let settings = try Settings(commandLine: flags.given, environment: environment, readFile: readFile)
            return try launch(settings, flags)
        } catch {
            return .refuse(error)
        }
    }

    /// What this process was started with.
    package static func launch() -> Launch {
        parse(
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: { name in getenv(name).map { String(cString: $0) } },
            readFile: ConfigurationFile.read
        )
    }

    /// `--peers=` as two words: the parser would say that the value is missing, though an empty one was given.
    private static func separated(_ argument: String) -> [String] {
        let isEmpty = argument.hasPrefix("--") && argument.firstIndex(of: "=") == argument.indices.last
        return isEmpty ? [String(argument.dropLast()), ""] : [argument]
    }

    /// A message of the argument parser without line ends and the full stop.
    private static func oneLine(_ message: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }
}
