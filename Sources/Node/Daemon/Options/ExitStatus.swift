/// How the daemon ends, in the words of `sysexits.h`.
package enum ExitStatus: Int32, Sendable {
    case success = 0
    /// A start-up or run-time failure.
    case failure = 1
    /// A flag or its value is refused.
    case usage = 64
    /// Data on disk that no crash explains.
    case corruption = 65
    /// The configuration file is refused.
    case configuration = 78
}

/// Why the daemon does not start: one line that says what is wrong and what to do.
package struct StartFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package let status: ExitStatus

    package init(_ message: String, status: ExitStatus) {
        self.message = message
        self.status = status
    }

    package var description: String { message }
}
