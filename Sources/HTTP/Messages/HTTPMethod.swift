/// A request method (RFC 9110, section 9).
package enum HTTPMethod: Sendable, Hashable {
    case get, head, post, put, delete, patch, options, trace, connect
    /// A well-formed token that is none of the above; its text is `HTTPRequest.methodText`.
    case other

    /// Methods are case-sensitive: `get` is `.other`.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        for method in HTTPMethod.known where bytes.equals(method.name, in: range) {
            self = method
            return
        }
        self = .other
    }

    /// Whether it only reads (RFC 9110, section 9.2.1).
    package var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .delete, .patch, .connect, .other: false
        }
    }

    /// The token as it stands on the request line; empty for `.other`.
    package var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .other: ""
        }
    }

    /// The most frequent first: the look-up is linear.
    private static let known: [HTTPMethod] = [.get, .put, .post, .delete, .head, .patch, .options, .trace, .connect]
}
