import HTTP
import Reactor
import Testing
import Transport

/// Answers that are taken as they come.
@Suite("HTTP client: streams", .serialized)
struct ClientStreamTests {
    private let head = HTTPResponse(.ok, contentType: "text/plain")

    private func describe(_ result: Result<Void, HTTPClientError>) -> String {
        switch result {
        case .success: "end"
        case .failure(let error):
            switch error {
            case .timedOut(let wasSent): wasSent ? "timed out, sent" : "timed out, not sent"
            case .lost: "lost"
            case .refused: "refused"
            default: "\(error)"
            }
        }
    }

    @Test("head, parts and end come in order, and the connection goes on")
    func parts() throws {
        let bench = try TestBench()
        let server = try bench.server { request, handle in
            guard request.pathIs("/stream") else { return handle.respond(echo(request)) }
            let stream = handle.stream(head) { _ in }
            stream.write(Array("one ".utf8))
            bench.loop.defer {
                stream.write(Array("two".utf8))
                stream.end()
            }
        }
        let client = bench.client(server.address.port)
        var events: [String] = []
        var body: [UInt8] = []
        client.stream(
            HTTPRequestMessage(.get, "/stream"), timeoutMilliseconds: 10_000, silenceMilliseconds: 10_000,
            to: ResponseReceiver(
                onHead: { events.append("\($0.status.code) \($0.headers.first("content-type") ?? "")") },
                onBody: { body += $0 },
                onEnd: { result in
                    events.append(describe(result))
                    client.send(HTTPRequestMessage(.get, "/next"), timeoutMilliseconds: 10_000) {
                        events.append(summary($0))
                        client.close()
                        server.close()
                        bench.finish()
                    }
                }))
        try bench.run()
        #expect(events == ["200 text/plain", "end", "200 /next"])
        #expect(String(decoding: body, as: UTF8.self) == "one two" && server.counters.connectionsAccepted == 1)
    }

    @Test("a client that pauses slows the server down, and misses nothing")
    func pause() throws {
        let bench = try TestBench()
        let total = 32 << 20
        let part = [UInt8](repeating: 7, count: 50_000)
        var written = 0
        var stream: ResponseStream?
        func pump() {
            while let stream, stream.isWritable, written < total {
                stream.write(part)
                written += part.count
            }
            if written >= total { stream?.end() }
        }
        let server = try bench.server { _, handle in
            stream = handle.stream(head) { if case .writable = $0 { pump() } }
            pump()
        }
        let client = bench.client(server.address.port)
        var received = 0
        var afterPause: Int?
        var ended = ""
        var isPaused = false
        client.stream(
            HTTPRequestMessage(.get, "/stream"), timeoutMilliseconds: 10_000, silenceMilliseconds: 10_000,
            to: ResponseReceiver(
                onHead: { _ in },
                onBody: { bytes in
                    received += bytes.count
                    #expect(!isPaused)
                    guard afterPause == nil else { return }
                    afterPause = received
                    client.pauseReading()
                    bench.loop.defer { isPaused = true }
                },
                onEnd: { result in
                    ended = describe(result)
                    client.close()
                    server.close()
                    bench.finish()
                }))
        var seen = -1
        let blocked = Waiter(bench.loop) {
            defer { seen = written }
            return isPaused && written == seen && stream?.isWritable == false
        }
        blocked.then {
            #expect(written < total && received == afterPause)
            isPaused = false
            client.resumeReading()
        }
        try bench.run()
        #expect(ended == "end" && received == written && written >= total)
    }

    @Test("a stream that falls silent, or never begins, is given up")
    func silence() throws {
        let bench = try TestBench()
        let server = try bench.server { request, handle in
            if request.pathIs("/silent") { handle.stream(head) { _ in }.write([65]) }
        }
        var events: [String] = []
        for (path, timeout, silence) in [("/silent", 10_000, 30), ("/never", 30, 10_000)] as [(String, UInt64, UInt64)]
        {
            let client = bench.client(server.address.port)
            client.stream(
                HTTPRequestMessage(.get, path), timeoutMilliseconds: timeout, silenceMilliseconds: silence,
                to: ResponseReceiver(
                    onHead: { _ in events.append("\(path) head") },
                    onBody: { _ in events.append("\(path) body") },
                    onEnd: { result in
                        events.append("\(path) \(describe(result))")
                        client.close()
                        guard events.count == 4 else { return }
                        server.close()
                        bench.finish()
                    }))
        }
        try bench.run()
        #expect(
            Set(events) == ["/silent head", "/silent body", "/silent timed out, sent", "/never timed out, sent"])
    }

    @Test("a stream that is cut off ends with a failure, and one given up says nothing more")
    func cutOff() throws {
        let bench = try TestBench()
        let server = try bench.server { request, handle in
            let stream = handle.stream(head) { _ in }
            stream.write([65])
            if request.pathIs("/cut") { bench.loop.defer { stream.abort() } }
        }
        var events: [String] = []
        for path in ["/cut", "/given-up"] {
            let client = bench.client(server.address.port)
            client.stream(
                HTTPRequestMessage(.get, path), timeoutMilliseconds: 10_000, silenceMilliseconds: 10_000,
                to: ResponseReceiver(
                    onHead: { _ in if path == "/given-up" { client.close() } },
                    onBody: { _ in if path == "/given-up" { events.append("body") } },
                    onEnd: { result in
                        events.append("\(path) \(describe(result))")
                        client.close()
                        guard events.filter({ $0 != "body" }).count == 2 else { return }
                        server.close()
                        bench.finish()
                    }))
        }
        try bench.run()
        #expect(Set(events).subtracting(["body"]) == ["/cut lost", "/given-up lost"])
    }

    @Test("nobody listens: the end tells, and nothing else comes")
    func refused() throws {
        let bench = try TestBench()
        let server = try bench.server { _, _ in }
        let port = server.address.port
        server.close()
        let client = bench.client(port)
        var events: [String] = []
        bench.loop.defer {
            client.stream(
                HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 5_000, silenceMilliseconds: 5_000,
                to: ResponseReceiver(
                    onHead: { _ in events.append("head") }, onBody: { _ in events.append("body") },
                    onEnd: {
                        events.append(describe($0))
                        client.close()
                        bench.finish()
                    }))
        }
        try bench.run()
        #expect(events == ["refused"])
    }
}
