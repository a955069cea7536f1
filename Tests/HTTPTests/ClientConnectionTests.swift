import HTTP
import Testing

@Suite("Client connection")
struct ClientConnectionTests {
    private func answers(
        _ events: [ClientConnection.Event]
    ) -> [(ClientConnection.RequestID, HTTPResponseMessage)] {
        events.compactMap { if case .answer(let id, let answer) = $0 { (id, answer) } else { nil } }
    }

    /// Parts of one answer as text, the pieces of its body put together.
    private func trace(_ events: [ClientConnection.Event]) -> String {
        events.reduce(into: "") { trace, event in
            switch event {
            case .answer(_, let answer): trace += "whole \(answer.status.code) [\(text(answer.body[...]))];"
            case .head(_, let head): trace += "head \(head.status.code) [\(text(head.body[...]))];"
            case .body(_, let bytes): trace += text(bytes[...])
            case .end: trace += ";end;"
            }
        }
    }

    @Test("answers find their requests by order, HEAD among them")
    func order() {
        var connection = ClientConnection(authority: "h:1")
        let ids = [HTTPMethod.get, .head, .get].map { connection.send(HTTPRequestMessage($0, "/")) }
        expect(!connection.takeOutput().isEmpty && connection.takeOutput().isEmpty)
        let bytes = Array(
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n"
                .utf8)
        for cut in 0...bytes.count {
            var copy = connection
            let first = copy.receive(bytes.span.extracting(0..<cut))
            let second = copy.receive(bytes.span.extracting(cut..<bytes.count))
            let answers = answers(first.events + second.events)
            #expect(answers.map(\.0) == ids && answers.map(\.1.status.code) == [200, 200, 404])
            #expect(first.failure == nil && second.failure == nil && copy.isOpen && copy.outstanding == 0)
        }
    }

    @Test("an answer that announces the end leaves the rest to fail")
    func close() {
        var connection = ClientConnection(authority: "h:1")
        let ids = (0..<3).map { connection.send(HTTPRequestMessage(.get, "/\($0)")) }
        let (events, failure) = connection.receive(
            Array("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\njunk".utf8).span)
        #expect(events.count == 1 && failure == nil && !connection.isOpen)
        expect(connection.failAll() == Array(ids[1...]))
    }

    @Test("an answer that nobody asked for is a fault")
    func unsolicited() {
        var connection = ClientConnection(authority: "h:1")
        expect(connection.receive(Array("HTTP/1.1 200 OK\r\n".utf8).span).failure != nil)
        #expect(!connection.isOpen)
    }

    @Test("the end of the connection completes a body without a length, and cuts off any other")
    func end() throws {
        var connection = ClientConnection(authority: "h:1")
        connection.send(HTTPRequestMessage(.get, "/"))
        expect(connection.receive(Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8).span).events.isEmpty)
        #expect(answers(try connection.receiveEnd()).map(\.1.body) == [Array("abc".utf8)])

        var cutOff = ClientConnection(authority: "h:1")
        cutOff.send(HTTPRequestMessage(.get, "/"))
        expect(cutOff.receive(Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc".utf8).span).events.isEmpty)
        #expect(throws: HTTPParseError.self) { _ = try cutOff.receiveEnd() }
        expect(cutOff.failAll().count == 1)
    }

    private static let body = "0123456789"

    @Test(
        "an answer in parts comes as it is sent, in any framing, and what is behind it in its turn",
        arguments: [
            "Content-Length: 10\r\n\r\n\(body)",
            "Transfer-Encoding: chunked\r\n\r\n3\r\n012\r\n7\r\n3456789\r\n0\r\n\r\n",
        ])
    func parts(message: String) {
        let bytes = Array("HTTP/1.1 200 OK\r\n\(message)HTTP/1.1 404 N\r\nContent-Length: 1\r\n\r\nx".utf8)
        for pieces in cuts(of: bytes) {
            var limits = HTTPLimits()
            limits.bodyBytes = 2
            var connection = ClientConnection(authority: "h:1", limits: limits)
            connection.send(HTTPRequestMessage(.get, "/"), takesParts: true)
            connection.send(HTTPRequestMessage(.get, "/"))
            var events: [ClientConnection.Event] = []
            for piece in pieces {
                let (new, failure) = connection.receive(piece.span)
                #expect(failure == nil)
                events += new
            }
            #expect(trace(events) == "head 200 [];\(Self.body);end;whole 404 [x];")
            #expect(connection.outstanding == 0)
        }
    }

    @Test("a body in parts is handed over before it is complete, and never kept")
    func partsAtOnce() {
        var connection = ClientConnection(authority: "h:1")
        connection.send(HTTPRequestMessage(.get, "/"), takesParts: true)
        expect(trace(connection.receive(Array("HTTP/1.1 200 OK\r\nX: y".utf8).span).events) == "")
        expect(trace(connection.receive(Array("\r\n\r\n".utf8).span).events) == "head 200 [];")
        expect(trace(connection.receive(Array("ab".utf8).span).events) == "ab")
        expect(trace(connection.receive(Array("c".utf8).span).events) == "c")
        expect((try? trace(connection.receiveEnd())) == ";end;")
    }

    @Test("parts of an answer that is cut off have no end")
    func partsCutOff() {
        var connection = ClientConnection(authority: "h:1")
        connection.send(HTTPRequestMessage(.get, "/"), takesParts: true)
        let bytes = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n012\r\n".utf8)
        expect(trace(connection.receive(bytes.span).events) == "head 200 [];012")
        #expect(throws: HTTPParseError.self) { _ = try connection.receiveEnd() }
        expect(connection.failAll().count == 1)
    }

    @Test("the answer to HEAD and one without a body are a head and an end")
    func partsWithoutBody() {
        var connection = ClientConnection(authority: "h:1")
        connection.send(HTTPRequestMessage(.head, "/"), takesParts: true)
        connection.send(HTTPRequestMessage(.get, "/"), takesParts: true)
        let bytes = Array(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 410 G\r\nContent-Length: 0\r\n\r\n".utf8)
        expect(trace(connection.receive(bytes.span).events) == "head 200 [];;end;head 410 [];;end;")
    }
}
