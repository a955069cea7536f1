import Glibc

/// Where the tool talks to people: errors and progress go to stderr, results to stdout.
enum StandardStreams {
    static func complain(_ message: String) { write("\(message)\n") }

    /// Rewrites the last line of a terminal; silent where stderr is none.
    static func progress(_ line: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        write("\r\u{1B}[K\(line)")
    }

    static func endProgress() { progress("") }

    private static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }  // nobody reads: there is nobody left to tell
            rest = rest.dropFirst(count)
        }
    }
}
