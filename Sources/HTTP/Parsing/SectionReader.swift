/// Collects lines up to the empty line that ends a head or a trailer section, from input in any pieces.
///
/// Lines end in CR LF; a bare LF is refused at once (RFC 9112, section 2.2 lets it pass, and parsers that disagree about it are how
/// requests are smuggled). Every limit is a matter of positions alone, so how the input was cut never changes the verdict.
struct SectionReader {
    enum Kind { case head, trailer }

    /// All that was collected.
    private(set) var bytes: [UInt8] = []
    /// Lines before the empty one.
    private(set) var lineCount = 0
    /// Where the first line starts in `bytes`: 2 when an empty line came before a request.
    private(set) var firstLineStart = 0

    private let kind: Kind
    private let limits: HTTPLimits
    private var lineStart = 0
    private var secondLineStart = 0

    init(_ kind: Kind, limits: HTTPLimits) {
        self.kind = kind
        self.limits = limits
    }

    var isEmpty: Bool { bytes.isEmpty }

    /// Takes lines from `input` at `offset` on, which moves past what was taken.
    ///
    /// - Returns: whether the section is complete.
    /// - Complexity: O(bytes taken); no byte is looked at twice.
    mutating func read(_ input: Span<UInt8>, from offset: inout Int) throws(HTTPParseError) -> Bool {
        let start = offset
        let shift = bytes.count - start
        while let lineFeed = input.firstIndex(of: ASCII.lineFeed, from: offset) {
            let length = lineFeed + shift - lineStart
            try checkLimits(lineLength: length, sectionEnd: lineFeed + shift + 1)
            let before = lineFeed > start ? input[lineFeed - 1] : bytes.last
            guard length > 0, before == ASCII.carriageReturn else {
                throw .badRequest("a line must end in CR LF, not in a bare LF")
            }
            offset = lineFeed + 1
            if length == 1, !isLeadingEmptyLine {
                bytes.append(input, in: start..<offset)
                return true
            }
            beginLine(at: offset + shift, afterEmpty: length == 1)
            guard lineCount <= limits.headerCount + (kind == .head ? 1 : 0) else {
                throw HTTPParseError(.headerFieldsTooLarge, "more than \(limits.headerCount) header fields")
            }
        }
        offset = input.count
        bytes.append(input, in: start..<offset)
        try checkLimits(lineLength: bytes.count - lineStart, sectionEnd: bytes.count)
        return false
    }

    /// One empty line before a request is ignored (RFC 9112, section 2.2).
    private var isLeadingEmptyLine: Bool { kind == .head && lineCount == 0 && firstLineStart == 0 }

    private mutating func beginLine(at position: Int, afterEmpty: Bool) {
        lineStart = position
        if afterEmpty {
            firstLineStart = position
        } else {
            lineCount += 1
            if lineCount == 1 { secondLineStart = position }
        }
    }

    /// - Parameter lineLength: what the line has so far, without LF, CR included.
    private func checkLimits(lineLength: Int, sectionEnd: Int) throws(HTTPParseError) {
        switch kind {
        case .head where lineCount == 0:
            guard lineLength <= limits.startLineBytes + 1 else {
                throw HTTPParseError(.uriTooLong, "the start line is longer than \(limits.startLineBytes) bytes")
            }
        case .head:
            guard sectionEnd - secondLineStart <= limits.headerSectionBytes else {
                throw HTTPParseError(
                    .headerFieldsTooLarge, "the header section is larger than \(limits.headerSectionBytes) bytes"
                )
            }
        case .trailer:
            guard sectionEnd <= limits.trailerSectionBytes else {
                throw HTTPParseError(
                    .headerFieldsTooLarge, "the trailer section is larger than \(limits.trailerSectionBytes) bytes"
                )
            }
        }
    }
}

extension Span<UInt8> {
    /// The first place of `byte` at or after `start`.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}
