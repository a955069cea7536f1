/// One connection of a client as a value: requests in, bytes out; bytes in, answers out, each matched to its request by order.
package struct ClientConnection {
    /// Names a request of this connection.
    package struct RequestID: Hashable, Sendable {
        package let sequence: UInt64
    }

    /// What came of a request.
    package enum Event: Sendable {
        case answer(RequestID, HTTPResponseMessage)
        /// The answer to a request that takes it in parts begins: no body yet.
        case head(RequestID, HTTPResponseMessage)
        /// The next bytes of its body, at least one.
        case body(RequestID, [UInt8])
        /// Its body is complete.
        case end(RequestID)
    }

    /// A request without an answer.
    private struct Pending {
        let isHead: Bool
        let takesParts: Bool
    }

    private let authority: String
    private var parser: ResponseParser
    private var output: [UInt8] = []
    private var pending: [Pending] = []
    private var firstSequence: UInt64 = 0

    /// Whether another request may be sent: no answer has announced the end.
    package private(set) var isOpen = true

    /// - Parameter authority: `host:port` of the server, for `Host`.
    package init(authority: String, limits: HTTPLimits = HTTPLimits()) {
        self.authority = authority
        parser = ResponseParser(limits: limits)
    }

    /// Requests without a complete answer.
    package var outstanding: Int { pending.count }

    /// Encodes a request behind those that were sent before. The connection must be open.
    ///
    /// - Parameter takesParts: the answer is handed over as it comes, of any length, instead of whole.
    @discardableResult
    package mutating func send(_ request: HTTPRequestMessage, takesParts: Bool = false) -> RequestID {
        precondition(isOpen, "the connection has ended")
        RequestEncoder.append(request, authority: authority, to: &output)
        pending.append(Pending(isHead: request.method == .head, takesParts: takesParts))
        return RequestID(sequence: firstSequence + UInt64(pending.count) - 1)
    }

    /// All bytes to be sent since the last call.
    package mutating func takeOutput() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &output)
        return taken
    }

    /// Takes bytes of the server. Answers that are complete stay valid when a later one fails.
    ///
    /// - Returns: what came of the requests, in order, and the fault that ends the connection, if there is one.
    package mutating func receive(_ bytes: Span<UInt8>) -> (events: [Event], failure: HTTPParseError?) {
        var events: [Event] = []
        var offset = 0
        do throws(HTTPParseError) {
            while isOpen, offset < bytes.count || !parser.isIdle {
                guard let first = pending.first else { throw .badRequest("the server answers what nobody asked") }
                let answer = try parser.next(
                    bytes, from: &offset, isHead: first.isHead, isBounded: !first.takesParts)
                guard let answer else {
                    if first.takesParts { addParts(to: &events) }
                    break
                }
                settle(answer, first, &events)
                isOpen = answer.keepAlive
            }
        } catch {
            isOpen = false
            return (events, error)
        }
        return (events, nil)
    }

    /// The server has sent its last byte.
    ///
    /// - Returns: what the end completes: an answer whose body ends with the connection.
    /// - Throws: when an answer is cut off.
    package mutating func receiveEnd() throws(HTTPParseError) -> [Event] {
        isOpen = false
        var events: [Event] = []
        if let answer = try parser.end(), let first = pending.first { settle(answer, first, &events) }
        return events
    }

    /// Gives up all requests that have no answer.
    package mutating func failAll() -> [RequestID] {
        isOpen = false
        return pending.indices.map { _ in settle() }
    }

    private var firstID: RequestID { RequestID(sequence: firstSequence) }

    private mutating func addParts(to events: inout [Event]) {
        if let head = parser.takeHead() { events.append(.head(firstID, head)) }
        let body = parser.takeBody()
        if !body.isEmpty { events.append(.body(firstID, body)) }
    }

    /// The first request has its answer, or the last part of it.
    private mutating func settle(_ answer: HTTPResponseMessage, _ first: Pending, _ events: inout [Event]) {
        guard first.takesParts else { return events.append(.answer(settle(), answer)) }
        let wasHeadTaken = parser.isHeadTaken
        parser.isHeadTaken = false
        if !wasHeadTaken {
            var head = answer
            head.body = []
            events.append(.head(firstID, head))
        }
        if !answer.body.isEmpty { events.append(.body(firstID, answer.body)) }
        events.append(.end(settle()))
    }

    private mutating func settle() -> RequestID {
        pending.removeFirst()
        defer { firstSequence += 1 }
        return RequestID(sequence: firstSequence)
    }
}
