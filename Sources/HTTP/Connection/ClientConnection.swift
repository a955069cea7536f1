/// One connection of a client as a value: requests in, bytes out; bytes in, answers out, each matched to its request by order.
package struct ClientConnection {
    /// Names a request of this connection.
    package struct RequestID: Hashable, Sendable {
        package let sequence: UInt64
    }

    private let authority: String
    private var parser: ResponseParser
    private var output: [UInt8] = []
    /// Of each request without an answer: is it HEAD?
    private var pending: [Bool] = []
    private var firstSequence: UInt64 = 0

    /// Whether another request may be sent: no answer has announced the end.
    package private(set) var isOpen = true

    /// - Parameter authority: `host:port` of the server, for `Host`.
    package init(authority: String, limits: HTTPLimits = HTTPLimits()) {
        self.authority = authority
        parser = ResponseParser(limits: limits)
    }

    /// Requests without an answer.
    package var outstanding: Int { pending.count }

    /// Encodes a request behind those that were sent before. The connection must be open.
    @discardableResult
    package mutating func send(_ request: HTTPRequestMessage) -> RequestID {
        precondition(isOpen, "the connection has ended")
        RequestEncoder.append(request, authority: authority, to: &output)
        pending.append(request.method == .head)
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
    /// - Returns: the complete answers in order, and the fault that ends the connection, if there is one.
    package mutating func receive(
        _ bytes: Span<UInt8>
    ) -> (answers: [(RequestID, HTTPResponseMessage)], failure: HTTPParseError?) {
        var answers: [(RequestID, HTTPResponseMessage)] = []
        var offset = 0
        do throws(HTTPParseError) {
            while isOpen, offset < bytes.count || !parser.isIdle {
                guard let isHead = pending.first else { throw .badRequest("the server answers what nobody asked") }
                guard let answer = try parser.next(bytes, from: &offset, isHead: isHead) else { break }
                answers.append((settle(), answer))
                isOpen = answer.keepAlive
            }
        } catch {
            isOpen = false
            return (answers, error)
        }
        return (answers, nil)
    }

    /// The server has sent its last byte.
    ///
    /// - Returns: the answer whose body the end completes, if there is one.
    /// - Throws: when an answer is cut off.
    package mutating func receiveEnd() throws(HTTPParseError) -> (RequestID, HTTPResponseMessage)? {
        isOpen = false
        guard let answer = try parser.end() else { return nil }
        return (settle(), answer)
    }

    /// Gives up all requests that have no answer.
    package mutating func failAll() -> [RequestID] {
        isOpen = false
        return pending.indices.map { _ in settle() }
    }

    private mutating func settle() -> RequestID {
        pending.removeFirst()
        defer { firstSequence += 1 }
        return RequestID(sequence: firstSequence)
    }
}
