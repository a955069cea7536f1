import HTTP
import Testing

@Suite("Messages")
struct MessageTests {
    @Test("an error is JSON whatever the message holds")
    func errorBody() {
        let response = HTTPResponse.error(.conflict, code: "c", message: "a\"b\\c\n\u{1}\u{E9}", retryAfterSeconds: 2)
        #expect(text(response.body[...]) == #"{"error":"a\"b\\c\u000a\u0001é","code":"c"}"#)
        #expect(response.headers == [HTTPHeader("Retry-After", "2")])
    }

    @Test("a header value cannot end its line")
    func headerInjection() {
        #expect(HTTPHeader("X", "a\r\nSet: b\0\tc").value == "a  Set: b \tc")
    }

    @Test("an answer has its length, and no body where none may be")
    func responseEncoding() {
        func encoded(_ response: HTTPResponse, isHead: Bool, _ connection: ResponseEncoder.Connection) -> String {
            var output: [UInt8] = []
            ResponseEncoder.append(response, isHead: isHead, connection: connection, to: &output)
            return text(output[...])
        }
        let ok = HTTPResponse(
            .ok, contentType: "text/plain", headers: [HTTPHeader("ETag", "\"1\"")], body: Array("hello".utf8))
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nETag: \"1\"\r\n"
        #expect(encoded(ok, isHead: false, .goesOn) == head + "\r\nhello")
        #expect(encoded(ok, isHead: true, .close) == head + "Connection: close\r\n\r\n")
        #expect(
            encoded(HTTPResponse(.noContent), isHead: false, .keepAlive)
                == "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n")
        #expect(
            encoded(HTTPResponse(.notModified, body: [1]), isHead: false, .goesOn)
                == "HTTP/1.1 304 Not Modified\r\n\r\n")
    }

    @Test("a request that was encoded parses to itself")
    func requestRoundTrip() {
        var output: [UInt8] = []
        let put = HTTPRequestMessage(.put, "/a?b", headers: [HTTPHeader("X", "y")], body: Array("body".utf8))
        RequestEncoder.append(put, authority: "h:1", to: &output)
        RequestEncoder.append(HTTPRequestMessage(.get, "/"), authority: "h:1", to: &output)
        #expect(
            requestTrace([output]) == [
                "PUT /a?b http11 Host=h:1|Content-Length=4|X=y [body] alive", "GET / http11 Host=h:1 [] alive",
                "phase idle",
            ])
    }

    @Test("headers are found whatever their case")
    func headers() throws {
        let bytes = Array(
            "GET http://there:1/ HTTP/1.1\r\nHost: a\r\ncontent-TYPE: Text/Plain\r\nX: 1\r\nx: 2\r\n\r\n".utf8)
        var parser = RequestParser()
        var offset = 0
        guard case .request(let request) = try parser.next(bytes.span, from: &offset) else {
            Issue.record("the request is complete")
            return
        }
        #expect(request.headers.first("Content-Type") == "Text/Plain")
        #expect(request.headers.first("Content-Type", isIgnoringCase: "text/plain"))
        #expect(!request.headers.first("Content-Type", isIgnoringCase: "text/plai"))
        #expect(request.headers.all("X") == ["1", "2"])
        #expect(request.headers.first("Y") == nil && !request.headers.contains("Y"))
        #expect(request.authority.map(text) == "there:1")
    }

    @Test("percent-encoding is undone strictly, once")
    func percentDecoding() {
        func decoded(_ encoded: String) -> String? {
            RequestTarget.percentDecoded(Array(encoded.utf8)[...]).map { text($0[...]) }
        }
        #expect(decoded("a%2Fb%252F+%c3%A9") == "a/b%2F+é")
        for wrong in ["%", "a%2", "%zz", "%2g", "%-1"] { #expect(decoded(wrong) == nil) }
        let all = Array(UInt8.min...UInt8.max)
        #expect(RequestTarget.percentDecoded(Array(RequestTarget.percentEncoded(all).utf8)[...]) == all)
    }

    @Test("a query has its parameters in order")
    func query() {
        let parameters = QueryParameters(Array("a=1&b=x%26y+z&&c&a=2&d=e=f".utf8)[...])
        #expect(parameters?.all("a").map { text($0[...]) } == ["1", "2"])
        #expect(parameters?.first("b").map { text($0[...]) } == "x&y z")
        #expect(parameters?.first("c") == [] && parameters?.first("e") == nil)
        #expect(parameters?.first("d").map { text($0[...]) } == "e=f")
        #expect(QueryParameters(nil)?.parameters.isEmpty == true)
        #expect(QueryParameters(Array("a=%".utf8)[...]) == nil)
    }
}
