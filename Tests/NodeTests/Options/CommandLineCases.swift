import Logging
import Raft
import Testing

@testable import Node

/// Parses one command line, written as it is typed; `''` is an empty word.
func parse(
    _ line: String, environment: [String: String] = [:], files: [String: String] = [:]
) -> Launch {
    Options.parse(
        arguments: line.split(separator: " ").map { String($0).replacing("''", with: "") },
        environment: { environment[$0] },
        readFile: { path throws(StartFailure) in
            guard let text = files[path] else {
                throw StartFailure("\(path) cannot be read: it is not there", status: .configuration)
            }
            return Array(text.utf8)
        }
    )
}

/// The options of a command line that is accepted.
func options(
    _ line: String, environment: [String: String] = [:], files: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> Options {
    let launch = parse(line, environment: environment, files: files)
    guard case .run(let options) = launch else {
        try #require(Bool(false), "\(line): \(launch)", sourceLocation: sourceLocation)
        preconditionFailure("the requirement above throws")
    }
    return options
}

/// A command line that is refused, and how. (`Testing` has an `ExitStatus`, too.)
struct Refusal: Sendable, CustomTestStringConvertible {
    let line: String
    let message: String
    let status: Node.ExitStatus

    init(_ line: String, _ message: String, _ status: Node.ExitStatus = .usage) {
        self.line = line
        self.message = message
        self.status = status
    }

    var testDescription: String { line }
}
