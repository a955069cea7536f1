import Glibc

/// Where the tool talks to people: errors and progress go to stderr, results to stdout.
enum StandardStreams {
    static func complain(_ message: String) { write(Array("\(message)\n".utf8), to: STDERR_FILENO) }

    /// A line of results.
    /// - Returns: false when nobody reads any more.
    @discardableResult
    static func say(_ line: String) -> Bool { write(Array("\(line)\n".utf8), to: STDOUT_FILENO) }

    /// Bytes as they are; on a terminal the prompt still begins on a line of its own.
    static func emit(_ bytes: [UInt8]) {
        let needsEnd = isatty(STDOUT_FILENO) == 1 && bytes.last != UInt8(ascii: "\n")
        write(needsEnd ? bytes + [UInt8(ascii: "\n")] : bytes, to: STDOUT_FILENO)
    }

    /// All of stdin.
    static func readInput() throws(ToolFailure) -> [UInt8] {
        try readAll(STDIN_FILENO, name: "standard input")
    }

    /// All of a file.
    static func read(file path: String) throws(ToolFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ToolFailure("cannot open \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        return try readAll(descriptor, name: path)
    }

    /// Standard input, a piece at a time.
    static func forEachPieceOfInput(_ body: ([UInt8]) throws(ToolFailure) -> Void) throws(ToolFailure) {
        try readPieces(STDIN_FILENO, name: "standard input", body)
    }

    private static func readAll(_ descriptor: Int32, name: String) throws(ToolFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        try readPieces(descriptor, name: name) { bytes += $0 }
        return bytes
    }

    private static func readPieces(
        _ descriptor: Int32, name: String, _ body: ([UInt8]) throws(ToolFailure) -> Void
    ) throws(ToolFailure) {
        var slice = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = slice.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ToolFailure("cannot read \(name): \(String(cString: strerror(errno)))") }
            if count == 0 { return }
            try body(Array(slice[..<count]))
        }
    }

    /// Rewrites the last line of a terminal; silent where stderr is none.
    static func progress(_ line: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        write(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
    }

    static func endProgress() { progress("") }

    @discardableResult
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }  // nobody reads: there is nobody left to tell
            rest = rest.dropFirst(count)
        }
        return true
    }
}
