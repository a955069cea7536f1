/// What the header fields say about where a message ends and whether the connection goes on (RFC 9112, sections 6 and 9).
struct MessageFraming {
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var asksClose = false
    private(set) var asksKeepAlive = false
    private(set) var host: Range<Int>?
    private(set) var expectation: Range<Int>?

    /// - Throws: 400 for two lengths of any kind, a malformed length and a second `Host`; 501 for a transfer coding other than chunked.
    init(_ headers: HTTPHeaders) throws(HTTPParseError) {
        let bytes = headers.bytes
        for field in headers.fields {
            // The length of the name rules out nearly every other field.
            switch field.name.count {
            case 4 where bytes.equalsIgnoringCase("host", in: field.name):
                guard host == nil else { throw .badRequest("Host is repeated") }
                host = field.value
            case 6 where bytes.equalsIgnoringCase("expect", in: field.name):
                guard expectation == nil else { throw HTTPParseError(.expectationFailed, "Expect is repeated") }
                expectation = field.value
            case 10 where bytes.equalsIgnoringCase("connection", in: field.name):
                readConnection(bytes, field.value)
            case 14 where bytes.equalsIgnoringCase("content-length", in: field.name):
                guard contentLength == nil else { throw .badRequest("Content-Length is repeated") }
                contentLength = try MessageFraming.length(bytes, field.value)
            case 17 where bytes.equalsIgnoringCase("transfer-encoding", in: field.name):
                guard !isChunked else { throw .badRequest("Transfer-Encoding is repeated") }
                try MessageFraming.checkTransferEncoding(bytes, field.value)
                isChunked = true
            default: break
            }
        }
        guard contentLength == nil || !isChunked else {
            throw .badRequest("Content-Length and Transfer-Encoding exclude each other")
        }
    }

    /// HTTP/1.1 goes on unless told otherwise, HTTP/1.0 ends unless told otherwise.
    func keepsAlive(_ version: HTTPVersion) -> Bool {
        !asksClose && (version == .http11 || asksKeepAlive)
    }

    private mutating func readConnection(_ bytes: [UInt8], _ value: Range<Int>) {
        for option in MessageFraming.list(bytes, value) {
            if bytes.equalsIgnoringCase("close", in: option) { asksClose = true }
            if bytes.equalsIgnoringCase("keep-alive", in: option) { asksKeepAlive = true }
        }
    }

    /// Digits and nothing else: neither sign nor list nor hexadecimal.
    private static func length(_ bytes: [UInt8], _ value: Range<Int>) throws(HTTPParseError) -> Int {
        var length = 0
        guard !value.isEmpty else { throw .badRequest("Content-Length is empty") }
        for byte in bytes[value] {
            guard ASCII.isDigit(byte) else { throw .badRequest("Content-Length is not a decimal number") }
            let (product, overflows) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(Int(byte - 0x30))
            guard !overflows, !overflowsToo else {
                throw HTTPParseError(.contentTooLarge, "Content-Length does not fit 63 bits")
            }
            length = sum
        }
        return length
    }

    /// Chunked alone is understood. Chunked twice, or anywhere but last, leaves the length open and is an attack more often than not.
    private static func checkTransferEncoding(_ bytes: [UInt8], _ value: Range<Int>) throws(HTTPParseError) {
        if bytes.equalsIgnoringCase("chunked", in: value) { return }
        let codings = list(bytes, value)
        guard !codings.dropLast().contains(where: { bytes.equalsIgnoringCase("chunked", in: $0) }), !codings.isEmpty
        else {
            throw .badRequest("chunked may stand once, and last, in Transfer-Encoding")
        }
        throw HTTPParseError(.notImplemented, "of the transfer codings only chunked is understood")
    }

    /// The elements of a comma-separated list, trimmed, empty ones left out (RFC 9110, section 5.6.1).
    private static func list(_ bytes: [UInt8], _ value: Range<Int>) -> [Range<Int>] {
        bytes[value].split(separator: UInt8(ascii: ",")).compactMap { element in
            guard let first = element.firstIndex(where: { !ASCII.isBlank($0) }),
                let last = element.lastIndex(where: { !ASCII.isBlank($0) })
            else { return nil }
            return first..<last + 1
        }
    }
}
