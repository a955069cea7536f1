import ArgumentParser
import Glibc

/// What the command line asks for.
package enum Launch: Sendable, Equatable {
    case run(Options)
    /// Help or version: to stdout, then exit 0.
    case print(String)
    /// One line to stderr, then this exit.
    case refuse(StartFailure)
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
        let flags: DaemonFlags
        do {
            flags = try DaemonFlags.parse(arguments.flatMap(separated))
        } catch {
            // Help and version come as errors, too.
            guard DaemonFlags.exitCode(for: error).isSuccess else {
                let message = oneLine(DaemonFlags.message(for: error))
                return .refuse(StartFailure("\(message): see raftd --help", status: .usage))
            }
            return .print(DaemonFlags.fullMessage(for: error, columns: 100))
        }
        do throws(StartFailure) {
            let settings = try Settings(commandLine: flags.given, environment: environment, readFile: readFile)
            return .run(try Options(settings))
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
