/// Writes requests.
package enum RequestEncoder {
    /// Appends `request` to `output`.
    ///
    /// - Parameter authority: `host:port` for the `Host` header.
    package static func append(_ request: HTTPRequestMessage, authority: String, to output: inout [UInt8]) {
        output.reserveCapacity(output.count + request.target.utf8.count + request.body.count + 256)
        output.append(contentsOf: request.method.name.utf8)
        output.append(ASCII.space)
        output.append(contentsOf: request.target.utf8)
        output.append(contentsOf: " HTTP/1.1\r\n".utf8)
        output.appendHeader("Host", authority)
        if !request.body.isEmpty || request.method.meansBody { output.appendContentLength(request.body.count) }
        for header in request.headers { output.appendHeader(header.name, header.value) }
        output.append(contentsOf: "\r\n".utf8)
        output.append(contentsOf: request.body)
    }
}

extension HTTPMethod {
    /// Whether an empty body is worth telling (RFC 9110, section 8.6).
    fileprivate var meansBody: Bool { self == .post || self == .put || self == .patch }
}
