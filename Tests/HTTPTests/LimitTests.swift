import HTTP
import Testing

@Suite("Limits of a message")
struct LimitTests {
    private var small: HTTPLimits {
        var limits = HTTPLimits()
        limits.startLineBytes = 20
        limits.headerSectionBytes = 40
        limits.headerCount = 3
        limits.bodyBytes = 8
        limits.chunkExtensionBytes = 6
        limits.trailerSectionBytes = 12
        return limits
    }

    private static let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    static let cases: [(fits: String, exceeds: String, status: Int)] = [
        // 20 bytes of request line, 21.
        ("GET /345678 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /3456789 HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        // 40 bytes of header lines with their ends, 41; the empty line counts.
        (
            "GET / HTTP/1.1\r\nHost: a\r\nX: 456789012345678901234567\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: 4567890123456789012345678\r\n\r\n", 431
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY:\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY:\r\nZ:\r\n\r\n", 431
        ),
        (
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n12345678",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789", 413
        ),
    ]

    static let chunkedCases: [(fits: String, exceeds: String, status: Int)] = [
        (chunked + "4\r\n1234\r\n4\r\n1234\r\n0\r\n\r\n", chunked + "4\r\n1234\r\n5\r\n12345\r\n0\r\n\r\n", 413),
        (chunked + "1;abc\r\n1\r\n0;def\r\n\r\n", chunked + "1;abc\r\n1\r\n0;defg\r\n\r\n", 400),
        (chunked + "0\r\nT: 34567\r\n\r\n", chunked + "0\r\nT: 345678\r\n\r\n", 431),
    ]

    @Test("hold to the byte, however the input is cut", arguments: cases)
    func holds(fits: String, exceeds: String, status: Int) {
        check(fits, exceeds, status, small)
    }

    @Test("hold to the byte for chunks, however the input is cut", arguments: chunkedCases)
    func holdsForChunks(fits: String, exceeds: String, status: Int) {
        var limits = small
        limits.headerSectionBytes = 100
        check(fits, exceeds, status, limits)
    }

    private func check(_ fits: String, _ exceeds: String, _ status: Int, _ limits: HTTPLimits) {
        for pieces in cuts(of: Array(fits.utf8)) {
            let trace = requestTrace(pieces, limits: limits)
            #expect(trace.last == "phase idle", "\(trace)")
        }
        for pieces in cuts(of: Array(exceeds.utf8)) {
            let trace = requestTrace(pieces, limits: limits)
            #expect(trace.last?.hasPrefix("error \(status) ") == true, "\(trace)")
        }
    }

    @Test("refuse an endless line before it ends")
    func endlessLine() {
        #expect(
            requestTrace([Array("GET /".utf8), [UInt8](repeating: 0x61, count: 17 << 10)])[0].hasPrefix("error 414"))
    }

    @Test("of the body are asked for each request")
    func bodyLimitByRequest() throws {
        var parser = RequestParser { $0.pathIs("/large") ? 4 : 1 }
        var offset = 0
        let large = Array("PUT /large HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n1234".utf8)
        guard case .request = try parser.next(large.span, from: &offset) else {
            Issue.record("the large request is complete")
            return
        }
        offset = 0
        let small = Array("PUT /small HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n12".utf8)
        #expect(throws: HTTPParseError.self) { _ = try parser.next(small.span, from: &offset) }
    }
}
