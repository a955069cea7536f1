/// A request to be sent. `Host`, `Content-Length` and `Connection` are the encoder's business.
package struct HTTPRequestMessage: Sendable {
    package var method: HTTPMethod
    /// The target in origin form: a path that starts with `/`, percent-encoded, and maybe a query.
    package var target: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]

    package init(_ method: HTTPMethod, _ target: String, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        precondition(method != .other && method != .connect, "a client sends methods that it knows")
        precondition(
            target.utf8.first == UInt8(ascii: "/") && target.utf8.allSatisfy(ASCII.isVisible),
            "\(target) is no target in origin form"
        )
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }
}

/// An answer as received, whole.
package struct HTTPResponseMessage: Sendable {
    package let status: HTTPStatus
    package let headers: HTTPHeaders
    package internal(set) var body: [UInt8] = []
    /// Whether the server lets the connection go on.
    package internal(set) var keepAlive: Bool
}
