import Testing

@testable import Node

/// Messages are cut at line ends, wherever the bytes were.
@Suite struct LineReaderTests {
    /// All lines of a text that comes in pieces, and of its end.
    private func lines(_ pieces: [[UInt8]], limit: Int) -> [String] {
        var reader = LineReader(limit: limit)
        var lines: [LineReader.Line] = []
        for piece in pieces { lines += piece.withUnsafeBytes { reader.lines(in: $0) } }
        if let last = reader.end() { lines.append(last) }
        return lines.map { line in
            switch line {
            case .text(let text): String(decoding: text, as: UTF8.self)
            case .tooLong: "too long"
            }
        }
    }

    static let texts: [(text: String, lines: [String])] = [
        ("", []),
        ("a", ["a"]),
        ("a\nbc\n", ["a", "bc"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("\n\r\n \t\r\n\n", []),
        ("a\rb\n", ["a\rb"]),
        ("a\r", ["a"]),
        ("12345678\n", ["12345678"]),
        ("12345678\r\n", ["12345678"]),
        ("12345678\r", ["12345678"]),
        ("123456789\nb\n", ["too long", "b"]),
        ("12345678\r9\nb\n", ["too long", "b"]),
        ("12345678\r\r\nb", ["too long", "b"]),
        ("1234567\r\r\nb", ["1234567\r", "b"]),
        ("          \nb", ["too long", "b"]),
        ("123456789", ["too long"]),
        (
            "a\n1234567890123456789012345\r\n\r\nb\r\n123456789\n123456789\nc",
            ["a", "too long", "b", "too long", "too long", "c"]
        ),
    ]

    @Test(arguments: texts)
    func linesAreTheSameWhereverTheyAreCut(_ text: String, _ expected: [String]) {
        let bytes = Array(text.utf8)
        #expect(lines([bytes], limit: 8) == expected)
        #expect(lines(bytes.map { [$0] }, limit: 8) == expected)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                #expect(lines(pieces, limit: 8) == expected, "\(first), \(second)")
            }
        }
    }

    @Test func aLineThatIsTooLongIsToldOnceBeforeItsEnd() {
        var reader = LineReader(limit: 4)
        let piece = Array("abc".utf8)
        let counts = (0..<4).map { _ in piece.withUnsafeBytes { reader.lines(in: $0) }.count }
        #expect(counts == [0, 1, 0, 0])
        #expect(reader.end() == nil)
    }
}
