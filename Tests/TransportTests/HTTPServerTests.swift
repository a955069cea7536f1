import Glibc
import HTTP
import Reactor
import Testing
import Transport

@Suite("HTTP server", .serialized)
struct HTTPServerTests {
    private let get = Array("GET /x HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    private let last = Array("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)

    @Test("answers pipelined requests in order, however the handler answers")
    func pipelining() throws {
        let bench = try TestBench()
        var held: [(HTTPRequest, ResponseHandle)] = []
        let server = try bench.server { request, handle in
            held.append((request, handle))
            guard held.count == 5 else { return }
            for (request, handle) in held.reversed() {
                #expect(handle.isConnected)
                handle.respond(echo(request))
                handle.respond(HTTPResponse(.internalServerError))
            }
        }
        let paths = (0..<4).map { "/\($0)" }
        let requests = paths.flatMap { Array("GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n".utf8) } + last
        var output = ""
        bench.exchange(requests, with: server) {
            output = $0
            server.close()
            bench.finish()
        }
        try bench.run()
        let bodies = output.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
        #expect(bodies == ["/0", "/1", "/2", "/3", "/last"])
        #expect(server.counters.requests == 5 && server.counters.responsesByClass == [0, 5, 0, 0, 0])
        #expect(server.counters.connectionsAccepted == 1 && server.openConnections == 0)
    }

    @Test("goes on with more pipelined requests than it takes at once")
    func pipelineBound() throws {
        let bench = try TestBench()
        var options = HTTPServerOptions()
        options.limits.pipelinedRequests = 3
        var outstanding = 0
        var most = 0
        let server = try bench.server(options: options) { request, handle in
            outstanding += 1
            most = max(most, outstanding)
            bench.loop.defer {
                outstanding -= 1
                handle.respond(echo(request))
            }
        }
        var output = ""
        bench.exchange((0..<100).flatMap { _ in get } + last, with: server) {
            output = $0
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(output.split(separator: "HTTP/1.1 200 OK").count == 101 && output.hasSuffix("/last"))
        #expect(most == 3)
    }

    @Test("a body too large is refused before it comes, and the client reads the refusal while it still sends")
    func oversized() throws {
        let bench = try TestBench()
        var options = HTTPServerOptions()
        options.bodyLimit = { $0.pathIs("/small") ? 10 : 1 << 20 }
        let server = try bench.server(options: options) { request, handle in handle.respond(echo(request)) }
        let head = Array("PUT /small HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n".utf8)
        var output = ""
        bench.exchange(head + [UInt8](repeating: 1, count: 300_000), with: server) {
            output = $0
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(output.hasPrefix("HTTP/1.1 413 ") && output.contains("Connection: close\r\n"))
        #expect(output.hasSuffix(#""code":"too_large"}"#))
        #expect(server.counters.requests == 0 && server.counters.responsesByClass[3] == 1)
    }

    @Test(
        "a slow head gets 408, a slow body too, an idle connection no word",
        arguments: [
            ("GET / HT", "HTTP/1.1 408 "),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", "HTTP/1.1 408 "), ("", ""),
        ])
    func slowClient(sends: String, receives: String) throws {
        let bench = try TestBench()
        var options = HTTPServerOptions()
        options.timeouts.headMilliseconds = 30
        options.timeouts.bodyMilliseconds = 30
        options.timeouts.idleMilliseconds = 30
        options.sweepMilliseconds = 10
        let server = try bench.server(options: options) { request, handle in handle.respond(echo(request)) }
        var output: String?
        bench.exchange(Array(sends.utf8), with: server) {
            output = $0
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(receives.isEmpty ? output == "" : output?.hasPrefix(receives) == true, "\(output ?? "nothing")")
    }

    @Test("beyond its connections it answers 503 overloaded, and takes new ones when some have gone")
    func connectionLimit() throws {
        let bench = try TestBench()
        var options = HTTPServerOptions()
        options.maxConnections = 1
        var held: ResponseHandle?
        var outputs: [String] = []
        let server = try bench.server(options: options) { request, handle in
            if held == nil { held = handle } else { handle.respond(echo(request)) }
        }
        func third() {
            bench.exchange(last, with: server) {
                outputs.append($0)
                server.close()
                bench.finish()
            }
        }
        bench.exchange(last, with: server) {
            outputs.append($0)
            third()
        }
        bench.exchange(last, with: server) {
            outputs.append($0)
            held?.respond(HTTPResponse(.ok, body: Array("first".utf8)))
        }
        try bench.run()
        #expect(
            outputs.count == 3 && outputs[0].hasPrefix("HTTP/1.1 503 ") && outputs[0].contains("Retry-After: 1\r\n"))
        #expect(outputs[0].contains(#""code":"overloaded""#))
        #expect(outputs[1].hasSuffix("first") && outputs[2].hasSuffix("/last"))
        #expect(server.counters.connectionsRefused == 1)
    }

    @Test("draining closes what is idle, answers what is in flight, and then is done")
    func drain() throws {
        let bench = try TestBench()
        var handle: ResponseHandle?
        var events: [String] = []
        let server = try bench.server { request, answer in
            if request.pathIs("/x") { handle = answer } else { answer.respond(echo(request)) }
        }
        let idle = bench.client(server.address.port)
        idle.onDisconnect = { _ in
            events.append("idle closed")
            handle?.respond(HTTPResponse(.ok, body: Array("done".utf8)))
        }
        idle.send(HTTPRequestMessage(.get, "/idle"), timeoutMilliseconds: 5_000) { _ in
            bench.exchange(self.get, with: server) { output in
                events.append(
                    output.contains("Connection: close\r\n") && output.hasSuffix("done") ? "answered" : output)
            }
            let waiter = Waiter(bench.loop) { handle != nil }
            waiter.then {
                server.drain(withinMilliseconds: 10_000) {
                    events.append("drained")
                    idle.close()
                    bench.finish()
                }
            }
        }
        try bench.run()
        #expect(events == ["idle closed", "answered", "drained"])
    }

    @Test(
        "a server that stops answers what waits to be accepted and what comes on idle connections, and refuses whoever comes later"
    )
    func drainWithIdleTime() throws {
        let bench = try TestBench()
        var events: [String] = []
        let server = try bench.server { request, handle in handle.respond(echo(request)) }
        let idle = bench.client(server.address.port)
        idle.send(HTTPRequestMessage(.get, "/first"), timeoutMilliseconds: 5_000) { _ in
            // The kernel has accepted these, the server has not: it stops in the same turn.
            for _ in 0..<100 { connectAndAsk(server.address, self.get) }
            server.drain(withinMilliseconds: 10_000, idleMilliseconds: 5_000) {
                events.append("drained")
                idle.close()
                bench.finish()
            }
            TCPConnection.connect(on: bench.loop, to: server.address, timeoutMilliseconds: 5_000) { result in
                if case .failure = result { events.append("refused") }
                idle.send(HTTPRequestMessage(.get, "/second"), timeoutMilliseconds: 5_000) { result in
                    guard case .success(let response) = result else { return }
                    events.append(response.headers.first("connection") ?? "goes on")
                }
            }
        }
        try bench.run()
        #expect(events == ["refused", "close", "drained"])
        #expect(server.counters.requests == 102)
    }

    @Test("draining gives up at its deadline, and tells whoever still works on an answer")
    func drainDeadline() throws {
        let bench = try TestBench()
        var events: [String] = []
        var server: HTTPServer?
        server = try bench.server { _, handle in
            handle.onClose {
                events.append("hook")
                #expect(!handle.isConnected)
                handle.respond(HTTPResponse(.ok))
            }
            server?.drain(withinMilliseconds: 20) {
                events.append("drained")
                server = nil
                bench.finish()
            }
        }
        bench.exchange(get, with: try #require(server)) { events.append("client \($0)") }
        try bench.run()
        #expect(events.contains("hook") && events.contains("drained") && events.contains("client "))
        #expect(events.count == 3)
    }

    @Test("what has ended or was refused counts too: beyond the room for it a connection is closed without a word")
    func lingeringLimit() throws {
        let bench = try TestBench()
        var options = HTTPServerOptions()
        options.maxConnections = 1
        options.maxLingering = 1
        options.lingerMilliseconds = 60_000
        let server = try bench.server(options: options) { request, handle in handle.respond(echo(request)) }
        // Two that are answered or refused, and never close.
        let stayers = (0..<2).map { _ in SilentClient() }
        for stayer in stayers {
            TCPConnection.connect(on: bench.loop, to: server.address, timeoutMilliseconds: 5_000) { result in
                guard case .success(let tcp) = result else { return }
                tcp.delegate = stayer
                stayer.connection = tcp
                tcp.write(self.last)
            }
        }
        var output: String?
        let waiter = Waiter(bench.loop) { server.openConnections == 2 && server.counters.requests > 0 }
        waiter.then {
            bench.exchange(self.get, with: server) {
                output = $0
                for stayer in stayers { stayer.connection?.close() }
                server.close()
                bench.finish()
            }
        }
        try bench.run()
        #expect(output?.hasPrefix("HTTP") == false && server.counters.connectionsAccepted == 3)
    }

    @Test("a client that takes nothing is answered in full once it reads", arguments: [1, 40])
    func slowReader(count: Int) throws {
        let bench = try TestBench()
        // More than the buffers between hold.
        let total = 40 << 20
        let body = [UInt8](repeating: 7, count: total / count)
        var held: ResponseHandle?
        let server = try bench.server { request, handle in
            if request.pathIs("/last") { held = handle } else { handle.respond(HTTPResponse(.ok, body: body)) }
        }
        let silent = SilentClient()
        TCPConnection.connect(on: bench.loop, to: server.address, timeoutMilliseconds: 5_000) { result in
            guard case .success(let tcp) = result else { return }
            tcp.delegate = silent
            silent.connection = tcp
            tcp.write((0..<count).flatMap { _ in self.get } + self.last)
        }
        let answered = Waiter(bench.loop) { held != nil }
        answered.then {
            held?.respond(HTTPResponse(.ok, body: [UInt8](repeating: 9, count: 10_000)))
            silent.connection?.startReading()
        }
        let closed = Waiter(bench.loop) { silent.hasEnded }
        closed.then {
            silent.connection?.close()
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(silent.receivedBytes > total + 10_000 && silent.receivedBytes < total + 20_000)
    }

    @Test("a client that takes nothing is not read either, and is reset in the end")
    func stalledReader() throws {
        let bench = try TestBench()
        var options = HTTPServerOptions()
        options.writeStallMilliseconds = 50
        options.sweepMilliseconds = 10
        var requests = 0
        let body = [UInt8](repeating: 7, count: 256 << 10)
        // Far more than the buffers between hold, requests as well as answers.
        let flood = Array(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 300_000).utf8)
        let server = try bench.server(options: options) { _, handle in
            requests += 1
            handle.respond(HTTPResponse(.ok, body: body))
        }
        let silent = SilentClient.connect(bench, to: server, writing: flood)
        let waiter = Waiter(bench.loop) { server.counters.connectionsAccepted == 1 && server.openConnections == 0 }
        waiter.then {
            silent.connection?.close()
            server.close()
            bench.finish()
        }
        try bench.run()
        // One read holds 2,300 requests: answering them all would have queued 600 MB.
        #expect(requests <= 2 * HTTPLimits().pipelinedRequests)
    }
}

/// Connects, asks and hangs up, as far as the kernel goes without the server.
private func connectAndAsk(_ address: SocketAddress, _ request: [UInt8]) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var raw = sockaddr_in()
    raw.sin_family = sa_family_t(AF_INET)
    raw.sin_port = address.port.bigEndian
    raw.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected =
        withUnsafeBytes(of: raw) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        } == 0
    let sent = request.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    #expect(isConnected && sent == request.count)
    close(descriptor)
}
