import HTTP
import Testing

/// Answers that are written bit by bit.
@Suite("Server connection: streams")
struct ServerStreamTests {
    private func get(_ path: String, _ extra: String = "", version: String = "1.1") -> [UInt8] {
        Array("GET \(path) HTTP/\(version)\r\nHost: a\r\n\(extra)\r\n".utf8)
    }

    private func connection(outputBytes: Int = 1 << 20) -> ServerConnection {
        var limits = HTTPLimits()
        limits.outputBytes = outputBytes
        return ServerConnection(limits: limits, mayStream: { $0.pathIs("/stream") }, now: 0)
    }

    private func ids(_ events: [ServerConnection.Event]) -> [ServerConnection.RequestID] {
        events.compactMap { if case .request(let id, _) = $0 { id } else { nil } }
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private let head = HTTPResponse(.ok, contentType: "text/plain", headers: [HTTPHeader("X", "y")])
    private let chunkedHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nX: y\r\n"

    @Test("in chunks: the head at once, each part as it is written, then the end; the connection goes on")
    func chunks() {
        var connection = connection()
        let id = ids(connection.receive(get("/stream").span, now: 0))[0]
        expect(connection.startStream(id, head, now: 0))
        expect(!connection.startStream(id, head, now: 0) && !connection.respond(id, head, now: 0))
        expect(text(connection.takeOutput()[...]) == chunkedHead + "\r\n")
        #expect(connection.isWritable(id) && connection.isOpen(id) && connection.deadline == nil)
        connection.write(id, bytes("0123456789abcdefg"))
        connection.write(id, [])
        connection.write(id, bytes("h"))
        expect(text(connection.takeOutput()[...]) == "11\r\n0123456789abcdefg\r\n1\r\nh\r\n")
        expect(connection.endStream(id, now: 5))
        expect(text(connection.takeOutput()[...]) == "0\r\n\r\n")
        expect(!connection.endStream(id, now: 5) && !connection.write(id, bytes("late")) && !connection.isOpen(id))
        #expect(connection.outstanding == 0 && !connection.isFinished && connection.deadline == 75_000_000_005)
        expect(ids(connection.receive(get("/next").span, now: 0)).count == 1)
    }

    @Test("for HTTP/1.0 the end of the connection is the end of the stream, even if it asked to keep it")
    func http10() {
        var connection = connection()
        let request = get("/stream", "Connection: keep-alive\r\n", version: "1.0")
        let id = ids(connection.receive(request.span, now: 0))[0]
        connection.startStream(id, head, now: 0)
        connection.write(id, bytes("abc"))
        connection.endStream(id, now: 0)
        let expected = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX: y\r\nConnection: close\r\n\r\nabc"
        expect(text(connection.takeOutput()[...]) == expected)
        #expect(connection.isFinished)
    }

    @Test("the answer to HEAD is the head alone")
    func headRequest() {
        var connection = connection()
        let request = bytes("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        let id = ids(connection.receive(request.span, now: 0))[0]
        expect(connection.startStream(id, head, now: 0))
        expect(!connection.write(id, bytes("a")) && !connection.endStream(id, now: 0))
        expect(text(connection.takeOutput()[...]) == chunkedHead + "\r\n")
        #expect(connection.outstanding == 0 && !connection.isFinished)
    }

    @Test("a client that asked for the end of the connection is told, and gets it after the stream")
    func close() {
        var connection = connection()
        let id = ids(connection.receive(get("/stream", "Connection: close\r\n").span, now: 0))[0]
        connection.startStream(id, head, now: 0)
        #expect(!connection.isFinished)
        connection.endStream(id, now: 0)
        expect(text(connection.takeOutput()[...]) == chunkedHead + "Connection: close\r\n\r\n0\r\n\r\n")
        #expect(connection.isFinished)
    }

    @Test("nothing behind a request that may stream runs before its answer has left, however the input is cut")
    func nothingRunsBehind() {
        let input = get("/0") + get("/stream") + get("/1") + get("/2")
        for cut in 0...input.count {
            var connection = connection()
            var events = connection.receive(Array(input[..<cut]).span, now: 0)
            events += connection.receive(Array(input[cut...]).span, now: 0)
            let first = ids(events)
            #expect(first.count == 2, "cut at \(cut)")
            // What is written before its turn waits.
            connection.startStream(first[1], head, now: 0)
            connection.write(first[1], bytes("early"))
            #expect(!connection.isWritable(first[1]) && connection.isOpen(first[1]))
            expect(connection.takeOutput().isEmpty)
            connection.respond(first[0], HTTPResponse(.ok), now: 0)
            #expect(connection.isWritable(first[1]) && !connection.canResume)
            let zero = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
            expect(text(connection.takeOutput()[...]) == zero + chunkedHead + "\r\n5\r\nearly\r\n")
            connection.endStream(first[1], now: 0)
            #expect(connection.canResume)
            let rest = ids(connection.resume(now: 0))
            #expect(rest.count == 2)
            for id in rest { connection.respond(id, HTTPResponse(.ok), now: 0) }
            expect(text(connection.takeOutput()[...]) == "0\r\n\r\n" + zero + zero)
        }
    }

    @Test("a stream that nobody foresaw holds back what is asked after it")
    func unforeseen() {
        var connection = connection()
        let both = ids(connection.receive((get("/a") + get("/b")).span, now: 0))
        connection.startStream(both[1], head, now: 0)
        expect(connection.receive(get("/c").span, now: 0).isEmpty)
        connection.respond(both[0], HTTPResponse(.ok), now: 0)
        connection.endStream(both[1], now: 0)
        expect(ids(connection.resume(now: 0)).count == 1)
    }

    @Test("a stream is not writable while more than the limit waits to be taken")
    func backPressure() {
        var connection = connection(outputBytes: 200)
        let id = ids(connection.receive(get("/stream").span, now: 0))[0]
        connection.startStream(id, head, now: 0)
        #expect(connection.isWritable(id))
        connection.write(id, [UInt8](repeating: 7, count: 200))
        #expect(!connection.isWritable(id) && connection.isOpen(id))
        expect(connection.takeOutput().count > 200)
        #expect(connection.isWritable(id))
        connection.write(id, [UInt8](repeating: 7, count: 200))
        connection.endStream(id, now: 0)
        expect(connection.takeOutput().count > 200)
        expect(text(connection.takeOutput()[...]) == "0\r\n\r\n")
        #expect(connection.outstanding == 0)
    }

    @Test("draining lets a stream come to its end, and the connection with it")
    func drain() {
        var connection = connection()
        let id = ids(connection.receive((get("/stream") + get("/1")).span, now: 0))[0]
        connection.startStream(id, head, now: 0)
        connection.drain()
        connection.write(id, bytes("a"))
        #expect(!connection.isFinished)
        connection.endStream(id, now: 0)
        expect(text(connection.takeOutput()[...]) == chunkedHead + "\r\n1\r\na\r\n0\r\n\r\n")
        #expect(connection.isFinished && !connection.canResume)
    }

    @Test("a client that has sent its last byte still gets its stream")
    func halfClose() {
        var connection = connection()
        let id = ids(connection.receive(get("/stream").span, now: 0))[0]
        connection.startStream(id, head, now: 0)
        connection.receiveEnd()
        #expect(!connection.isFinished && connection.isWritable(id))
        connection.endStream(id, now: 0)
        #expect(connection.isFinished)
    }
}
