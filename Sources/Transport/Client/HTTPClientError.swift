package import HTTP
package import Reactor

/// Why a request has no answer, told apart by whether the server can have acted on it.
package enum HTTPClientError: Error, CustomStringConvertible {
    /// Too much is queued already. Never sent.
    case overloaded
    /// Nobody listens at the address. Never sent.
    case refused(ReactorError)
    /// Never written to a connected socket: safe to try again.
    case notSent(String)
    /// Written, and then the connection was lost: the outcome is unknown.
    case lost(String)
    /// No answer in time. The outcome is unknown if it was sent.
    case timedOut(wasSent: Bool)
    /// Written, and what came back is not HTTP: the outcome is unknown.
    case malformed(HTTPParseError)

    /// Whether the server may have acted on the request.
    package var mayHaveBeenReceived: Bool {
        switch self {
        case .overloaded, .refused, .notSent, .timedOut(wasSent: false): false
        case .lost, .malformed, .timedOut(wasSent: true): true
        }
    }

    package var description: String {
        switch self {
        case .overloaded: "too many requests are queued for this server"
        case .refused(let error): "\(error)"
        case .notSent(let reason): "not sent: \(reason)"
        case .lost(let reason): "sent, but the connection was lost: \(reason)"
        case .timedOut(wasSent: true): "sent, but no answer came in time"
        case .timedOut(wasSent: false): "not sent in time"
        case .malformed(let error): "the answer is not HTTP: \(error.message)"
        }
    }
}
