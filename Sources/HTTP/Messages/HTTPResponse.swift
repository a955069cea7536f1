/// An answer to be sent. `Content-Length` and `Connection` are the encoder's business and do not belong in `headers`.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    /// Nil leaves the header out, as for an empty body.
    package var contentType: String?
    package var headers: [HTTPHeader]
    package var body: [UInt8]
    /// Makes the body in its place, when the answer leaves: while answers wait for a slow client, only what this holds is kept.
    package var lateBody: (@Sendable () -> [UInt8])?
    /// The server closes the connection after this answer.
    package var closesConnection = false

    package init(
        _ status: HTTPStatus, contentType: String? = nil, headers: [HTTPHeader] = [], body: [UInt8] = []
    ) {
        precondition(contentType?.utf8.allSatisfy(ASCII.isFieldContent) ?? true, "a content type is the program's own")
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// An answer whose body is JSON text.
    package static func json(_ status: HTTPStatus, _ body: [UInt8], headers: [HTTPHeader] = []) -> HTTPResponse {
        HTTPResponse(status, contentType: "application/json", headers: headers, body: body)
    }

    /// An answer whose body is JSON text, written when it leaves.
    package static func json(_ status: HTTPStatus, late body: @escaping @Sendable () -> [UInt8]) -> HTTPResponse {
        var response = HTTPResponse.json(status, [])
        response.lateBody = body
        return response
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
