/// An answer to be sent. `Content-Length` and `Connection` are the encoder's business and do not belong in `headers`.
package struct HTTPResponse: Sendable {
    private enum Content {
        case ready([UInt8])
        case late(@Sendable () -> [UInt8])
    }

    package var status: HTTPStatus
    /// Nil leaves the header out, as for an empty body.
    package var contentType: String?
    package var headers: [HTTPHeader]
    /// The server closes the connection after this answer.
    package var closesConnection = false
    private let content: Content

    /// What follows the head. A late one is made anew at each look.
    package var body: [UInt8] {
        switch content {
        case .ready(let bytes): bytes
        case .late(let make): make()
        }
    }

    package init(
        _ status: HTTPStatus, contentType: String? = nil, headers: [HTTPHeader] = [], body: [UInt8] = []
    ) {
        self.init(status, contentType, headers, .ready(body))
    }

    private init(_ status: HTTPStatus, _ contentType: String?, _ headers: [HTTPHeader], _ content: Content) {
        precondition(contentType?.utf8.allSatisfy(ASCII.isFieldContent) ?? true, "a content type is the program's own")
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.content = content
    }

    /// An answer whose body is JSON text.
    package static func json(_ status: HTTPStatus, _ body: [UInt8], headers: [HTTPHeader] = []) -> HTTPResponse {
        HTTPResponse(status, contentType: "application/json", headers: headers, body: body)
    }

    /// An answer whose JSON text is made when it leaves: while it waits for a slow client, only what `body` holds is kept.
    package static func json(_ status: HTTPStatus, late body: @escaping @Sendable () -> [UInt8]) -> HTTPResponse {
        HTTPResponse(status, "application/json", [], .late(body))
    }

    /// `{"error": message, "code": code}`, the one shape of every refusal; `Retry-After` if it is worth trying again.
    package static func error(
        _ status: HTTPStatus, code: String, message: String, retryAfterSeconds: Int? = nil
    ) -> HTTPResponse {
        var body: [UInt8] = []
        body.reserveCapacity(message.utf8.count + code.utf8.count + 32)
        body.append(contentsOf: #"{"error":"#.utf8)
        body.appendJSONString(message)
        body.append(contentsOf: #","code":"#.utf8)
        body.appendJSONString(code)
        body.append(UInt8(ascii: "}"))
        let headers = retryAfterSeconds.map { [HTTPHeader("Retry-After", String($0))] } ?? []
        return .json(status, body, headers: headers)
    }
}
