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
        output.append(contentsOf: "HTTP/1.1 ".utf8)
        output.appendDecimal(Int(status.code))
        output.append(ASCII.space)
        output.append(contentsOf: status.reason.utf8)
        output.append(contentsOf: "\r\n".utf8)
        if let contentType = response.contentType { output.appendHeader("Content-Type", contentType) }
        if status.allowsBody { output.appendContentLength(body.count) }
        for header in response.headers { output.appendHeader(header.name, header.value) }
        switch connection {
        case .goesOn: break
        case .keepAlive: output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        case .close: output.append(contentsOf: "Connection: close\r\n".utf8)
        }
        output.append(contentsOf: "\r\n".utf8)
        if bodyBytes > 0 { output.append(contentsOf: body) }
    }
}
