import Glibc

/// Lines that are out before the next step, in case that one ends the program.
enum StandardError {
    static func write(_ line: String) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            // Nobody reads it any more.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
