/// The request line and what must hold of a request's head as a whole (RFC 9112, section 3).
enum RequestHead {
    /// - Parameters:
    ///   - bytes: the head, every line with its CR LF.
    ///   - start: where the request line starts.
    ///   - lineCount: the request line and the header lines.
    static func parse(
        _ bytes: [UInt8], from start: Int, lineCount: Int
    ) throws(HTTPParseError) -> (request: HTTPRequest, framing: MessageFraming) {
        let line = try RequestLine(bytes, from: start)
        let fields = try HeaderFieldParser.parse(bytes, from: line.end, count: lineCount - 1)
        let headers = HTTPHeaders(bytes: bytes, fields: fields)
        let framing = try MessageFraming(headers)
        if let host = framing.host {
            guard bytes[host].allSatisfy(isAuthority) else {
                throw .badRequest("Host is not a host with an optional port")
            }
        } else if line.version == .http11 {
            throw .badRequest("Host is missing")
        }
        guard line.version == .http11 || !framing.isChunked else {
            throw .badRequest("HTTP/1.0 has no Transfer-Encoding")
        }
        let target = try RequestTarget.split(bytes, line.target, method: line.method)
        let request = HTTPRequest(
            method: line.method, version: line.version, headers: headers, keepAlive: framing.keepsAlive(line.version),
            methodRange: line.methodRange, pathRange: target.path, queryRange: target.query,
            authorityRange: target.authority ?? framing.host
        )
        return (request, framing)
    }

    /// What may stand in `host:port`: no blank, no comma, no slash, no user.
    static func isAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: ","),
            UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"):
            false
        default: ASCII.isVisible(byte)
        }
    }
}

/// `method SP target SP version CR LF`, with exactly these two spaces.
private struct RequestLine {
    let method: HTTPMethod
    let methodRange: Range<Int>
    let target: Range<Int>
    let version: HTTPVersion
    /// Where the first header line starts.
    let end: Int

    init(_ bytes: [UInt8], from start: Int) throws(HTTPParseError) {
        let span = bytes.span
        var position = start
        while ASCII.isToken(span[position]) { position += 1 }
        methodRange = start..<position
        guard !methodRange.isEmpty, span[position] == ASCII.space else {
            throw .badRequest("the request line does not start with a method and one space")
        }
        position += 1
        let targetStart = position
        while ASCII.isVisible(span[position]) { position += 1 }
        target = targetStart..<position
        guard !target.isEmpty, span[position] == ASCII.space else {
            throw .badRequest("the request target is not visible ASCII between two spaces")
        }
        position += 1
        version = try RequestLine.version(bytes, at: position)
        end = position + 10
        method = HTTPMethod(bytes, in: methodRange)
    }

    /// Eight bytes and the line end: `HTTP/1.1`.
    private static func version(_ bytes: [UInt8], at start: Int) throws(HTTPParseError) -> HTTPVersion {
        guard let version = try HTTPVersion(bytes, at: start, endsIn: ASCII.carriageReturn) else {
            throw .badRequest("the request line does not end in an HTTP version")
        }
        guard bytes[start + 9] == ASCII.lineFeed else { throw .badRequest("the request line holds a bare CR") }
        return version
    }
}

extension HTTPVersion {
    /// Reads `HTTP/x.y` and the byte behind it; nil when it is nothing of the kind.
    ///
    /// - Throws: 505 for a version that is not spoken here.
    init?(_ bytes: [UInt8], at start: Int, endsIn terminator: UInt8) throws(HTTPParseError) {
        guard bytes.count >= start + 10, bytes.equals("HTTP/", in: start..<start + 5), ASCII.isDigit(bytes[start + 5]),
            bytes[start + 6] == UInt8(ascii: "."), ASCII.isDigit(bytes[start + 7]), bytes[start + 8] == terminator
        else { return nil }
        switch (bytes[start + 5], bytes[start + 7]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): self = .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): self = .http10
        default: throw HTTPParseError(.versionNotSupported, "HTTP/1.1 and HTTP/1.0 are spoken here")
        }
    }
}
