/// Why a message is refused. The connection it came on cannot be trusted any further and closes.
package struct HTTPParseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a server answers.
    package let status: HTTPStatus
    package let message: String

    init(_ status: HTTPStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    static func badRequest(_ message: String) -> HTTPParseError { HTTPParseError(.badRequest, message) }

    /// The `code` of the error body.
    package var code: String {
        switch status {
        case .requestTimeout: "request_timeout"
        case .contentTooLarge: "too_large"
        case .uriTooLong: "uri_too_long"
        case .expectationFailed: "expectation_failed"
        case .headerFieldsTooLarge: "headers_too_large"
        case .notImplemented: "not_implemented"
        case .versionNotSupported: "version_not_supported"
        default: "bad_request"
        }
    }

    /// The answer that a server gives.
    package var response: HTTPResponse {
        var response = HTTPResponse.error(status, code: code, message: message)
        response.closesConnection = true
        return response
    }

    package var description: String { "\(status.code) \(message)" }
}
