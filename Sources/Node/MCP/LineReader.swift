/// Cuts a stream of bytes into messages, one a line. A line ends with `\n` or `\r\n`; blank ones are skipped.
struct LineReader {
    enum Line: Equatable {
        case text([UInt8])
        /// It had more bytes than allowed, and none of it is kept.
        case tooLong
    }

    /// The most bytes that a line may have, its end not counted.
    let limit: Int
    /// The line that has begun; never more than `limit` and a `\r`.
    private var begun: [UInt8] = []
    /// The present line is too long, and was told.
    private var isSkipping = false

    init(limit: Int) {
        self.limit = limit
    }

    /// The lines that end with these bytes, in order. One that is too long is told as soon as that is known.
    mutating func lines(in bytes: UnsafeRawBufferPointer) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            take(rest[..<end], &lines)
            finish(&lines)
            rest = rest[(end + 1)...]
        }
        take(rest, &lines)
        return lines
    }

    /// What the input ended with, if it did so within a line.
    mutating func end() -> Line? {
        var lines: [Line] = []
        finish(&lines)
        return lines.first
    }

    /// Adds to the present line.
    private mutating func take(_ part: Slice<UnsafeRawBufferPointer>, _ lines: inout [Line]) {
        guard !isSkipping else { return }
        let count = begun.count + part.count
        // A byte more may be the beginning of `\r\n`.
        let endsWithReturn = (part.last ?? begun.last) == UInt8(ascii: "\r")
        guard count <= limit + (endsWithReturn ? 1 : 0) else {
            lines.append(.tooLong)
            begun = []
            isSkipping = true
            return
        }
        begun.append(contentsOf: part)
    }

    private mutating func finish(_ lines: inout [Line]) {
        defer {
            begun = []
            isSkipping = false
        }
        guard !isSkipping else { return }
        if begun.last == UInt8(ascii: "\r") { begun.removeLast() }
        let isBlank = begun.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        if !isBlank { lines.append(.text(begun)) }
    }
}
