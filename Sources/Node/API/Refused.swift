package import HTTP

/// A request that is answered with an error before anything was done.
package struct Refused: Error {
    package let response: HTTPResponse
    /// What the response says, where it was made of that.
    let reason: (code: String, message: String)?

    init(_ status: HTTPStatus, _ code: String, _ message: String, _ headers: [HTTPHeader] = []) {
        var response = HTTPResponse.error(status, code: code, message: message)
        response.headers += headers
        self.response = response
        reason = (code, message)
    }

    init(_ response: HTTPResponse) {
        self.response = response
        reason = nil
    }

    static func badRequest(_ code: String, _ message: String) -> Refused { Refused(.badRequest, code, message) }

    /// - Parameter allowed: the methods that the path has, as the Allow header lists them.
    static func methodNotAllowed(_ allowed: String) -> Refused {
        Refused(
            .methodNotAllowed, "method_not_allowed", "this path takes \(allowed)", [HTTPHeader("Allow", allowed)])
    }

    static let notFound = Refused(
        .notFound, "not_found",
        "there is nothing at this path; see /v1/kv, /v1/txn, /v1/watch, /v1/sessions, /v1/heaps, /v1/backup, /mcp or /sse, /openapi.json, /raft/status, /livez, /readyz and /metrics"
    )
}
