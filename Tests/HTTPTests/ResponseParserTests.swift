import HTTP
import Testing

@Suite("Response parser")
struct ResponseParserTests {
    static let cases: [(String, [String])] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", ["200 [ab] alive"]),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ["200 [] alive"]),
        (
            "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n",
            ["204 [] alive", "304 [] alive"]
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\nHTTP/1.1 201 C\r\nContent-Length: 1\r\n\r\nx",
            ["201 [x] alive"]
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", ["200 [abc] alive"]),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", ["200 [x] last"]),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", ["200 [x] last"]),
        ("HTTP/1.1 200 OK\r\n\r\nuntil the end", ["200 [until the end] last"]),
    ]

    @Test("reads an answer however it is cut", arguments: cases)
    func reads(message: String, expected: [String]) {
        for pieces in cuts(of: Array(message.utf8)) {
            #expect(responseTrace(pieces, end: true) == expected)
        }
    }

    @Test("reads no body in the answer to HEAD")
    func head() {
        let message = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8)
        #expect(responseTrace([message + message], isHead: true, end: true) == ["200 [] alive", "200 [] alive"])
    }

    static let refused = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 \r\n\r\n", "HTTP/1.1\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 200 O\u{0}K\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n",
    ]

    @Test("refuses what is no answer, or half of one", arguments: refused)
    func refuses(message: String) {
        let whole = responseTrace([Array(message.utf8)], end: true)
        #expect(whole.count == 1 && whole[0].hasPrefix("error"), "\(whole)")
        for pieces in cuts(of: Array(message.utf8)) {
            #expect(responseTrace(pieces, end: true) == whole)
        }
    }
}
