import ArgumentParser

/// Why a command ends without what it was asked for: one line for a person, an exit code for a script.
struct ToolFailure: Error {
    let status: ExitCode
    let message: String

    init(_ message: String, _ status: ExitCode = .failure) {
        self.status = status
        self.message = message
    }
}

/// The exit codes of `raftctl` beyond success (0), failure (1) and usage (64).
enum ToolExit {
    static let keyAbsent = ExitCode(2)
    static let compareFailed = ExitCode(3)
    /// No node answers, or there is no leader.
    static let unavailable = ExitCode(69)
    /// A write may or may not have happened.
    static let outcomeUnknown = ExitCode(75)
}
