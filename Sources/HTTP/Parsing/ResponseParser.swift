/// Makes answers out of bytes that arrive in any pieces; the client's half of RFC 9112.
///
/// Interim answers (1xx) are skipped. After an error the parser is done with.
package struct ResponseParser {
    private enum State {
        case head
        case fixedBody(remaining: Int)
        case chunkedBody
        /// The body ends with the connection (RFC 9112, section 6.3, last rule).
        case bodyUntilEnd
    }

    private let limits: HTTPLimits
    private var state = State.head
    private var section: SectionReader
    private var chunks: ChunkedDecoder
    /// The answer whose body is coming in.
    var partial: HTTPResponseMessage?
    /// Its head was handed over already.
    var isHeadTaken = false
    /// How long its body may be.
    private var bodyLimit = 0

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        section = SectionReader(.head, limits: limits)
        chunks = ChunkedDecoder(bodyLimit: limits.bodyBytes, limits: limits)
    }

    /// Whether nothing of the next answer has come.
    package var isIdle: Bool {
        guard case .head = state else { return false }
        return section.isEmpty
    }

    /// Takes input from `offset` on until an answer is complete; `offset` moves past what was taken.
    ///
    /// - Parameters:
    ///   - isHead: whether this is the answer to a HEAD request, whose lengths describe a body that is not sent.
    ///   - isBounded: whether the body must fit the limit. One that is taken in parts, by `takeBody()` after each call, need not.
    /// - Returns: nil when all input was taken.
    package mutating func next(
        _ input: Span<UInt8>, from offset: inout Int, isHead: Bool, isBounded: Bool = true
    ) throws(HTTPParseError) -> HTTPResponseMessage? {
        bodyLimit = isBounded ? limits.bodyBytes : .max
        while true {
            switch state {
            case .head:
                guard offset < input.count, try section.read(input, from: &offset) else { return nil }
                if let response = try finishHead(isHead: isHead) { return response }
            case .fixedBody(let remaining):
                let count = min(remaining, input.count - offset)
                partial?.body.append(input, in: offset..<offset + count)
                offset += count
                state = .fixedBody(remaining: remaining - count)
                return count == remaining ? finish() : nil
            case .chunkedBody:
                guard var response = partial else { preconditionFailure("a body without a head") }
                partial = nil
                let isComplete = try chunks.decode(input, from: &offset, into: &response.body)
                partial = response
                return isComplete ? finish() : nil
            case .bodyUntilEnd:
                guard input.count - offset <= bodyLimit - (partial?.body.count ?? 0) else { throw tooLarge }
                partial?.body.append(input, in: offset..<input.count)
                offset = input.count
                return nil
            }
        }
    }

    /// The connection ended.
    ///
    /// - Returns: the answer whose body the end completes, if there is one.
    /// - Throws: when an answer is cut off.
    package mutating func end() throws(HTTPParseError) -> HTTPResponseMessage? {
        if case .bodyUntilEnd = state { return finish() }
        guard isIdle else { throw .badRequest("the connection ended in the middle of an answer") }
        return nil
    }

    private var tooLarge: HTTPParseError {
        HTTPParseError(.contentTooLarge, "the answer's body is larger than \(limits.bodyBytes) bytes")
    }

    private mutating func finishHead(isHead: Bool) throws(HTTPParseError) -> HTTPResponseMessage? {
        let head = section
        section = SectionReader(.head, limits: limits)
        let (version, status, end) = try ResponseParser.statusLine(head.bytes, from: head.firstLineStart)
        let fields = try HeaderFieldParser.parse(head.bytes, from: end, count: head.lineCount - 1)
        let headers = HTTPHeaders(bytes: head.bytes, fields: fields)
        let framing = try MessageFraming(headers)
        if status.hundreds == 1 {
            guard status.code != 101 else { throw .badRequest("the server switches protocols, which nobody asked for") }
            return nil
        }
        let response = HTTPResponseMessage(status: status, headers: headers, keepAlive: framing.keepsAlive(version))
        guard status.allowsBody, !isHead else { return response }
        partial = response
        if framing.isChunked {
            state = .chunkedBody
            chunks = ChunkedDecoder(bodyLimit: bodyLimit, limits: limits)
        } else if let length = framing.contentLength {
            guard length <= bodyLimit else { throw tooLarge }
            state = .fixedBody(remaining: length)
        } else {
            state = .bodyUntilEnd
            partial?.keepAlive = false
        }
        return nil
    }

    private mutating func finish() -> HTTPResponseMessage {
        guard let response = partial else { preconditionFailure("a body without a head") }
        partial = nil
        state = .head
        return response
    }

    /// `HTTP/1.1 SP three digits SP reason CR LF`; the last space may be missing with the reason.
    private static func statusLine(
        _ bytes: [UInt8], from start: Int
    ) throws(HTTPParseError) -> (version: HTTPVersion, status: HTTPStatus, end: Int) {
        guard let version = try HTTPVersion(bytes, at: start, endsIn: ASCII.space) else {
            throw .badRequest("the answer does not start with an HTTP version")
        }
        let digits = bytes[(start + 9)...].prefix(3)
        let code = digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        guard digits.allSatisfy(ASCII.isDigit), (100...599).contains(code) else {
            throw .badRequest("the answer has no valid status")
        }
        var position = start + 12
        if bytes[position] == ASCII.space { while ASCII.isFieldContent(bytes[position]) { position += 1 } }
        guard bytes[position] == ASCII.carriageReturn, bytes[position + 1] == ASCII.lineFeed else {
            throw .badRequest("the status line holds a control character")
        }
        return (version, HTTPStatus(UInt16(code)), position + 2)
    }
}
