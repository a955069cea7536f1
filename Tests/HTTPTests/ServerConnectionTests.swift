import HTTP
import Synchronization
import Testing

@Suite("Server connection")
struct ServerConnectionTests {
    private let second: UInt64 = 1_000_000_000

    private func get(_ path: String, _ extra: String = "") -> [UInt8] {
        Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\(extra)\r\n".utf8)
    }

    private func answer(_ body: String) -> HTTPResponse { HTTPResponse(.ok, body: Array(body.utf8)) }

    private func wire(_ body: String, _ extra: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(extra)\r\n\(body)"
    }

    private func ids(_ events: [ServerConnection.Event]) -> [ServerConnection.RequestID] {
        events.compactMap { if case .request(let id, _) = $0 { id } else { nil } }
    }

    @Test("answers leave in the order of the requests")
    func order() {
        var connection = ServerConnection(now: 0)
        let ids = ids(connection.receive((get("/0") + get("/1") + get("/2")).span, now: 0))
        #expect(ids.count == 3)
        connection.respond(ids[2], answer("two"), now: 0)
        connection.respond(ids[1], answer("one"), now: 0)
        expect(connection.takeOutput().isEmpty)
        connection.respond(ids[0], answer("zero"), now: 0)
        expect(text(connection.takeOutput()[...]) == wire("zero") + wire("one") + wire("two"))
        #expect(!connection.isFinished && connection.outstanding == 0)
    }

    private func paths(_ events: [ServerConnection.Event]) -> [String] {
        events.compactMap {
            if case .request(_, let request) = $0 { String(decoding: request.path, as: UTF8.self) } else { nil }
        }
    }

    @Test("a request that changes something runs alone: after those before it, before those behind it")
    func unsafeRequestsRunAlone() {
        let put = Array("PUT /put HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx".utf8)
        let bytes = get("/0") + get("/1") + put + get("/2") + get("/3")
        for cut in 0...bytes.count {
            var connection = ServerConnection(now: 0)
            var events = connection.receive(Array(bytes[..<cut]).span, now: 0)
            events += connection.receive(Array(bytes[cut...]).span, now: 0)
            #expect(paths(events) == ["/0", "/1"], "cut at \(cut)")
            let first = ids(events)
            connection.respond(first[1], answer("one"), now: 0)
            #expect(!connection.canResume)
            connection.respond(first[0], answer("zero"), now: 0)
            #expect(connection.canResume && !connection.wantsRead)
            let second = connection.resume(now: 0)
            #expect(paths(second) == ["/put"])
            #expect(!connection.canResume)
            connection.respond(ids(second)[0], answer("put"), now: 0)
            #expect(connection.canResume)
            let third = connection.resume(now: 0)
            #expect(paths(third) == ["/2", "/3"])
            #expect(connection.wantsRead)
            for id in ids(third) { connection.respond(id, answer("end"), now: 0) }
            let expected = ["zero", "one", "put", "end", "end"].map { wire($0) }.joined()
            expect(text(connection.takeOutput()[...]) == expected)
        }
    }

    @Test("a request that changes something does not stop the reading, only what follows it waits")
    func readingGoesOnBesideAnUnsafeRequest() {
        let put = Array("PUT /put HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx".utf8)
        var connection = ServerConnection(now: 0)
        let first = connection.receive(put.span, now: 0)
        #expect(paths(first) == ["/put"] && connection.wantsRead)
        let behind = connection.receive(put.span, now: 0)
        #expect(behind.isEmpty && !connection.wantsRead)
        var limits = HTTPLimits()
        limits.runsUnsafeInParallel = true
        var agreed = ServerConnection(limits: limits, now: 0)
        let both = agreed.receive((put + put).span, now: 0)
        #expect(paths(both) == ["/put", "/put"])
    }

    @Test("only the first answer to a request counts")
    func answersOnce() {
        var connection = ServerConnection(now: 0)
        let ids = ids(connection.receive((get("/0") + get("/1")).span, now: 0))
        expect(connection.respond(ids[1], answer("a"), now: 0))
        expect(!connection.respond(ids[1], answer("b"), now: 0))
        expect(connection.respond(ids[0], answer("c"), now: 0))
        expect(!connection.respond(ids[0], answer("d"), now: 0))
        expect(text(connection.takeOutput()[...]) == wire("c") + wire("a"))
    }

    @Test("what comes after Connection: close is not looked at")
    func close() {
        var connection = ServerConnection(now: 0)
        let ids = ids(connection.receive((get("/", "Connection: close\r\n") + get("/1")).span, now: 0))
        #expect(ids.count == 1 && !connection.wantsRead)
        connection.respond(ids[0], answer("a"), now: 0)
        expect(text(connection.takeOutput()[...]) == wire("a", "Connection: close\r\n"))
        #expect(connection.isFinished)
    }

    @Test("an HTTP/1.0 client that asks keeps its connection")
    func http10() {
        var connection = ServerConnection(now: 0)
        let ids = ids(connection.receive(Array("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".utf8).span, now: 0))
        connection.respond(ids[0], answer("a"), now: 0)
        expect(text(connection.takeOutput()[...]) == wire("a", "Connection: keep-alive\r\n"))
        #expect(!connection.isFinished)
    }

    @Test("a refusal waits for the answers before it, then the connection ends")
    func refusal() {
        var connection = ServerConnection(now: 0)
        let events = connection.receive((get("/") + Array("BAD\r\n\r\n".utf8) + get("/")).span, now: 0)
        #expect(events.count == 2)
        expect(connection.takeOutput().isEmpty && !connection.isFinished)
        connection.respond(ids(events)[0], answer("a"), now: 0)
        let output = text(connection.takeOutput()[...])
        #expect(
            output.hasPrefix(wire("a") + "HTTP/1.1 400 Bad Request\r\n") && output.contains("Connection: close\r\n"))
        #expect(connection.isFinished)
    }

    @Test("100 Continue is sent in its turn, and not when the body is there already")
    func continues() {
        let head = Array("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n".utf8)
        var connection = ServerConnection(now: 0)
        let first = ids(connection.receive((get("/") + head).span, now: 0))
        expect(connection.takeOutput().isEmpty)
        connection.respond(first[0], answer("a"), now: 0)
        expect(text(connection.takeOutput()[...]) == wire("a") + "HTTP/1.1 100 Continue\r\n\r\n")
        expect(ids(connection.receive([0x78].span, now: 0)).count == 1)

        var hasty = ServerConnection(now: 0)
        expect(ids(hasty.receive((head + [0x78]).span, now: 0)).count == 1)
        expect(hasty.takeOutput().isEmpty)
    }

    @Test("reading stops at the bound on pipelined requests, and nothing is lost")
    func pipelineBound() {
        var limits = HTTPLimits()
        limits.pipelinedRequests = 2
        var connection = ServerConnection(limits: limits, now: 0)
        let bytes = (0..<5).flatMap { get("/\($0)") }
        var waiting = ids(connection.receive(bytes.span, now: 0))
        #expect(waiting.count == 2 && !connection.wantsRead && !connection.canResume && connection.deadline == nil)
        var output = ""
        for number in 0..<5 {
            connection.respond(waiting.removeFirst(), answer("\(number)"), now: 0)
            if connection.canResume { waiting += ids(connection.resume(now: 0)) }
            output += text(connection.takeOutput()[...])
        }
        #expect(output == (0..<5).map { wire("\($0)") }.joined())
        #expect(connection.wantsRead)
    }

    @Test("answers that a slow client has not made room for are not written out, nor is a late body made")
    func outputBound() {
        var limits = HTTPLimits()
        limits.outputBytes = 1
        var connection = ServerConnection(limits: limits, now: 0)
        let ids = ids(connection.receive((get("/0") + get("/1") + get("/2", "Connection: close\r\n")).span, now: 0))
        let made = Mutex(0)
        for id in ids {
            let late = HTTPResponse.json(
                .ok,
                late: {
                    made.withLock { $0 += 1 }
                    return Array("{}".utf8)
                })
            connection.respond(id, late, now: 0)
        }
        #expect(made.withLock { $0 } == 1 && connection.outstanding == 2)
        var output = ""
        while true {
            let bytes = connection.takeOutput()
            if bytes.isEmpty { break }
            output += text(bytes[...])
        }
        let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        #expect(output == json + "\r\n{}" + json + "\r\n{}" + json + "Connection: close\r\n\r\n{}")
        #expect(connection.isFinished && connection.outputBytes == 0)
    }

    @Test("draining answers what is in flight, says so in the last answer, and ends")
    func drain() {
        var connection = ServerConnection(now: 0)
        let ids = ids(connection.receive((get("/0") + get("/1")).span, now: 0))
        connection.drain()
        #expect(!connection.wantsRead && !connection.isFinished)
        expect(connection.receive(get("/2").span, now: 0).isEmpty)
        connection.respond(ids[0], answer("a"), now: 0)
        connection.respond(ids[1], answer("b"), now: 0)
        expect(text(connection.takeOutput()[...]) == wire("a") + wire("b", "Connection: close\r\n"))
        #expect(connection.isFinished)
    }

    @Test("winding down keeps an idle connection for one more request, and ends with its answer")
    func windDown() {
        var idle = ServerConnection(now: 0)
        idle.windDown()
        expect(!idle.isFinished && idle.wantsRead)
        let only = ids(idle.receive((get("/0") + get("/1")).span, now: 0))
        idle.respond(only[0], answer("a"), now: 0)
        idle.respond(only[1], answer("b"), now: 0)
        expect(text(idle.takeOutput()[...]) == wire("a") + wire("b", "Connection: close\r\n"))
        #expect(idle.isFinished)

        // What changes something is carried out alone, so the next one waits behind it: it is answered, too.
        var writer = ServerConnection(now: 0)
        writer.windDown()
        let post = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx".utf8)
        let first = ids(writer.receive((post + post).span, now: 0))
        writer.respond(first[0], answer("a"), now: 0)
        expect(!writer.isFinished && writer.canResume)
        let second = ids(writer.resume(now: 0))
        writer.respond(second[0], answer("b"), now: 0)
        expect(text(writer.takeOutput()[...]) == wire("a") + wire("b", "Connection: close\r\n"))

        var unused = ServerConnection(now: 0)
        unused.windDown()
        unused.drain()
        expect(unused.isFinished && unused.takeOutput().isEmpty)
    }

    @Test("a refusal may look as the path's clients want it, once the path is known")
    func ownRefusal() {
        func output(_ input: String) -> String {
            var limits = HTTPLimits()
            limits.bodyBytes = 3
            var connection = ServerConnection(
                limits: limits,
                refusal: { error, request in
                    HTTPResponse(error.status, body: Array((request.map { text($0.path) } ?? "none").utf8))
                }, now: 0)
            let events = connection.receive(Array(input.utf8).span, now: 0)
            guard case .rejected? = events.first else { return "taken" }
            return String(text(connection.takeOutput()[...]).split(separator: "\r\n").last ?? "")
        }
        #expect(output("POST /long HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n") == "/long")
        #expect(output("POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n") == "/chunks")
        #expect(output("nonsense\r\n\r\n") == "none")
    }

    @Test("draining ends an idle connection at once and lets half a request come in")
    func drainIdle() {
        var idle = ServerConnection(now: 0)
        idle.drain()
        expect(idle.isFinished && idle.takeOutput().isEmpty)

        var half = ServerConnection(now: 0)
        let bytes = get("/")
        expect(half.receive(bytes.span.extracting(0..<5), now: 0).isEmpty)
        half.drain()
        #expect(half.wantsRead && !half.isFinished)
        let ids = ids(half.receive(bytes.span.extracting(5..<bytes.count), now: 0))
        half.respond(ids[0], answer("a"), now: 0)
        #expect(half.isFinished)
    }

    @Test("a client that has sent its last byte still gets its answers")
    func halfClose() {
        var connection = ServerConnection(now: 0)
        let ids = ids(connection.receive(get("/").span, now: 0))
        connection.receiveEnd()
        #expect(!connection.isFinished)
        connection.respond(ids[0], answer("a"), now: 0)
        expect(connection.isFinished && !connection.takeOutput().isEmpty)

        var half = ServerConnection(now: 0)
        expect(half.receive([0x47].span, now: 0).isEmpty)
        half.receiveEnd()
        expect(half.isFinished && half.takeOutput().isEmpty)
    }

    @Test("a head has its time as a whole; drips do not prolong it")
    func headTimeout() {
        var connection = ServerConnection(now: 0)
        #expect(connection.deadline == 75 * second)
        expect(connection.receive([0x47].span, now: 5 * second).isEmpty)
        expect(connection.receive([0x45].span, now: 14 * second).isEmpty)
        #expect(connection.deadline == 15 * second)
        expect(connection.expire(now: 15 * second - 1) == nil)
        guard case .rejected(let error) = connection.expire(now: 15 * second) else {
            Issue.record("the head is late")
            return
        }
        #expect(error.status == .requestTimeout && connection.isFinished)
        expect(text(connection.takeOutput()[...]).hasPrefix("HTTP/1.1 408 "))
    }

    @Test("a body has its time from the last progress")
    func bodyTimeout() {
        var connection = ServerConnection(now: 0)
        expect(
            connection.receive(Array("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n".utf8).span, now: 0)
                .isEmpty)
        #expect(connection.deadline == 30 * second)
        expect(connection.receive([1].span, now: 20 * second).isEmpty)
        #expect(connection.deadline == 50 * second)
        expect(connection.expire(now: 50 * second) != nil && connection.isFinished)
    }

    @Test("an idle connection ends silently, one that waits for the server never")
    func idleTimeout() {
        var connection = ServerConnection(now: 0)
        let ids = ids(connection.receive(get("/").span, now: 0))
        #expect(connection.deadline == nil)
        connection.respond(ids[0], answer("a"), now: 100 * second)
        _ = connection.takeOutput()
        #expect(connection.deadline == 175 * second)
        expect(connection.expire(now: 175 * second) == nil)
        expect(connection.isFinished && connection.takeOutput().isEmpty)
    }
}
