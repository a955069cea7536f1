/// Writes answers.
package enum ResponseEncoder {
    /// What the answer says about the connection's future.
    package enum Connection: Sendable {
        /// It goes on, as HTTP/1.1 has it.
        case goesOn
        /// It goes on, told to an HTTP/1.0 client that asked.
        case keepAlive
        case close
    }

    /// Appends `response` to `output`.
    ///
    /// - Parameter isHead: the request was HEAD: the length is told, the body left out.
    package static func append(
        _ response: HTTPResponse, isHead: Bool, connection: Connection, to output: inout [UInt8]
    ) {
        let status = response.status
        let body = response.body
        let bodyBytes = status.allowsBody && !isHead ? body.count : 0
        output.reserveCapacity(output.count + bodyBytes + 256)
        appendStart(response, to: &output)
        if status.allowsBody { output.appendContentLength(body.count) }
        appendRest(response, connection, to: &output)
        if bodyBytes > 0 { output.append(contentsOf: body) }
    }

    /// Appends the head of an answer whose body follows as a stream.
    ///
    /// - Parameter isChunked: the body comes in chunks; otherwise it ends with the connection.
    static func appendHead(
        _ head: HTTPResponse, isChunked: Bool, connection: Connection, to output: inout [UInt8]
    ) {
        appendStart(head, to: &output)
        if isChunked { output.appendHeader("Transfer-Encoding", "chunked") }
        appendRest(head, connection, to: &output)
    }

    /// The status line and the content type.
    private static func appendStart(_ response: HTTPResponse, to output: inout [UInt8]) {
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.appendDecimal(Int(response.status.code))
        output.append(ASCII.space)
        output.append(contentsOf: response.status.reason.utf8)
        output.append(contentsOf: "\r\n".utf8)
        if let contentType = response.contentType { output.appendHeader("Content-Type", contentType) }
    }

    /// What follows the framing, and the empty line.
    private static func appendRest(_ response: HTTPResponse, _ connection: Connection, to output: inout [UInt8]) {
        for header in response.headers { output.appendHeader(header.name, header.value) }
        switch connection {
        case .goesOn: break
        case .keepAlive: output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        case .close: output.append(contentsOf: "Connection: close\r\n".utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
    }
}
