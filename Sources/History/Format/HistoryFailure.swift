/// A line that is not one of a history.
package struct HistoryFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1 on.
    package let line: Int
    package let reason: String

    package var description: String { "line \(line): \(reason)" }
}
