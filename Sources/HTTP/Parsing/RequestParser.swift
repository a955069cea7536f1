/// Makes requests out of bytes that arrive in any pieces: RFC 9112, strictly, within limits.
///
/// How the input is cut never changes what comes out. After an error the parser is done with: what follows on the connection
/// has no certain beginning.
package struct RequestParser {
    package enum Event {
        /// The head is in and the client waits for `100 Continue` before it sends the body.
        case needContinue
        case request(HTTPRequest)
    }

    /// What the next byte belongs to.
    package enum Phase: Sendable {
        /// Between requests: nothing of the next one has come.
        case idle
        case head, body
    }

    private enum State {
        case head
        case fixedBody(remaining: Int)
        case chunkedBody
    }

    private let limits: HTTPLimits
    private let bodyLimit: ((HTTPRequest) -> Int)?
    private var state = State.head
    private var section: SectionReader
    private var chunks: ChunkedDecoder
    /// The request whose body is coming in, or was refused.
    private(set) var partial: HTTPRequest?

    /// - Parameter bodyLimit: how many bytes the body of a request may have, given its head; `limits.bodyBytes` without it.
    package init(limits: HTTPLimits = HTTPLimits(), bodyLimit: ((HTTPRequest) -> Int)? = nil) {
        self.limits = limits
        self.bodyLimit = bodyLimit
        section = SectionReader(.head, limits: limits)
        chunks = ChunkedDecoder(bodyLimit: limits.bodyBytes, limits: limits)
    }

    package var phase: Phase {
        guard case .head = state else { return .body }
        return section.isEmpty ? .idle : .head
    }

    /// Takes input from `offset` on until something is complete; `offset` moves past what was taken.
    ///
    /// - Returns: nil when all input was taken and nothing more is complete.
    /// - Throws: what to answer before the connection closes.
    package mutating func next(_ input: Span<UInt8>, from offset: inout Int) throws(HTTPParseError) -> Event? {
        switch state {
        case .head:
            guard offset < input.count, try section.read(input, from: &offset) else { return nil }
            if let event = try finishHead() { return event }
            return try next(input, from: &offset)
        case .fixedBody(let remaining):
            let count = min(remaining, input.count - offset)
            partial?.body.append(input, in: offset..<offset + count)
            offset += count
            state = .fixedBody(remaining: remaining - count)
            return count == remaining ? .request(finish()) : nil
        case .chunkedBody:
            guard var request = partial else { preconditionFailure("a body without a head") }
            partial = nil
            let isComplete: Bool
            do throws(HTTPParseError) {
                isComplete = try chunks.decode(input, from: &offset, into: &request.body)
            } catch {
                // What was asked is known all the same.
                partial = request
                throw error
            }
            partial = request
            return isComplete ? .request(finish()) : nil
        }
    }

    private mutating func finishHead() throws(HTTPParseError) -> Event? {
        let head = section
        section = SectionReader(.head, limits: limits)
        let (request, framing) = try RequestHead.parse(head.bytes, from: head.firstLineStart, lineCount: head.lineCount)
        let waits = try waitsForContinue(request, framing)
        if !framing.isChunked, framing.contentLength ?? 0 == 0 { return .request(request) }

        let limit = bodyLimit?(request) ?? limits.bodyBytes
        partial = request
        if let length = framing.contentLength {
            guard length <= limit else {
                throw HTTPParseError(.contentTooLarge, "the body of \(length) bytes is larger than \(limit)")
            }
            state = .fixedBody(remaining: length)
            // Not all at once for a large one: a client may announce much and send nothing.
            partial?.body.reserveCapacity(min(length, 64 << 10))
        } else {
            state = .chunkedBody
            chunks = ChunkedDecoder(bodyLimit: limit, limits: limits)
        }
        return waits ? .needContinue : nil
    }

    /// RFC 9110, section 10.1.1; HTTP/1.0 cannot have meant it.
    private func waitsForContinue(_ request: HTTPRequest, _ framing: MessageFraming) throws(HTTPParseError) -> Bool {
        guard request.version == .http11, let expectation = framing.expectation else { return false }
        guard request.headers.bytes.equalsIgnoringCase("100-continue", in: expectation) else {
            throw HTTPParseError(.expectationFailed, "the only expectation that can be met is 100-continue")
        }
        return true
    }

    private mutating func finish() -> HTTPRequest {
        guard let request = partial else { preconditionFailure("a body without a head") }
        partial = nil
        state = .head
        return request
    }
}
