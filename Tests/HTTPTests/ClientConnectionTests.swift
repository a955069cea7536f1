import HTTP
import Testing

@Suite("Client connection")
struct ClientConnectionTests {
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
            let answers = first.answers + second.answers
            #expect(answers.map(\.0) == ids && answers.map(\.1.status.code) == [200, 200, 404])
            #expect(first.failure == nil && second.failure == nil && copy.isOpen && copy.outstanding == 0)
        }
    }

    @Test("an answer that announces the end leaves the rest to fail")
    func close() {
        var connection = ClientConnection(authority: "h:1")
        let ids = (0..<3).map { connection.send(HTTPRequestMessage(.get, "/\($0)")) }
        let (answers, failure) = connection.receive(
            Array("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\njunk".utf8).span)
        #expect(answers.count == 1 && failure == nil && !connection.isOpen)
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
        expect(connection.receive(Array("HTTP/1.1 200 OK\r\n\r\nabc".utf8).span).answers.isEmpty)
        let last = try connection.receiveEnd()
        #expect(last?.1.body == Array("abc".utf8))

        var cutOff = ClientConnection(authority: "h:1")
        cutOff.send(HTTPRequestMessage(.get, "/"))
        expect(cutOff.receive(Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc".utf8).span).answers.isEmpty)
        #expect(throws: HTTPParseError.self) { _ = try cutOff.receiveEnd() }
        expect(cutOff.failAll().count == 1)
    }
}
