import HTTP

/// Of `RequestParser`: how bytes arrive changes nothing, limits hold, and nothing is accepted that a second, strict reader refuses or
/// reads otherwise (RFC 9112).
enum RequestPromises {
    /// So small that short inputs reach all of them.
    private static var tight: HTTPLimits {
        var limits = HTTPLimits()
        limits.startLineBytes = 40
        limits.headerSectionBytes = 120
        limits.headerCount = 6
        limits.bodyBytes = 32
        limits.chunkExtensionBytes = 8
        limits.trailerSectionBytes = 24
        return limits
    }

    static func check(_ bytes: [UInt8]) throws {
        for limits in [HTTPLimits(), tight] {
            let whole = try RequestTrace([bytes[...]], limits: limits)
            for pieces in Pieces.ways(of: bytes) {
                try promiseEqual(whole, try RequestTrace(pieces, limits: limits), "it matters how the bytes arrive")
            }
            for request in whole.requests {
                try promise(request.body.count <= limits.bodyBytes, "a body of \(request.body.count) bytes")
                try promise(request.fields.count <= limits.headerCount, "\(request.fields.count) header fields")
            }
            try StrictReader.check(whole.requests, in: bytes, isAtEnd: whole.failure == nil && whole.isIdle)
        }
    }

    /// The same for the bytes behind a head that announces chunks.
    static func checkChunks(_ bytes: [UInt8]) throws {
        try check(Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8) + bytes)
    }
}
