package import HTTP

/// A request that is answered with an error before anything was done.
package struct Refused: Error {
    package let response: HTTPResponse

    init(_ status: HTTPStatus, _ code: String, _ message: String) {
        response = .error(status, code: code, message: message)
    }

    init(_ response: HTTPResponse) { self.response = response }

    static func badRequest(_ code: String, _ message: String) -> Refused { Refused(.badRequest, code, message) }

    /// - Parameter allowed: the methods that the path has, as the Allow header lists them.
    static func methodNotAllowed(_ allowed: String) -> Refused {
        var response = HTTPResponse.error(
            .methodNotAllowed, code: "method_not_allowed", message: "this path takes \(allowed)")
        response.headers.append(HTTPHeader("Allow", allowed))
        return Refused(response)
    }

    static let notFound = Refused(
        .notFound, "not_found",
        "there is nothing at this path; see /v1/kv, /v1/txn, /v1/watch, /v1/sessions, /v1/heaps, /v1/backup, /mcp, /openapi.json, /raft/status, /livez, /readyz and /metrics"
    )
}
