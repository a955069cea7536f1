import HTTP
import Reactor
import Testing
import Transport

@Suite("HTTP client", .serialized)
struct HTTPClientTests {
    @Test("sends all on one connection and gives each its answer")
    func keepAlive() throws {
        let bench = try TestBench()
        let server = try bench.server { request, handle in handle.respond(echo(request)) }
        let client = bench.client(server.address.port)
        var results: [String] = []
        var isSending = true
        for number in 0..<300 {
            let request = HTTPRequestMessage(.put, "/\(number)", body: Array("!".utf8))
            client.send(request, timeoutMilliseconds: 10_000) { result in
                #expect(!isSending)
                results.append(summary(result))
                guard results.count == 300 else { return }
                client.send(HTTPRequestMessage(.head, "/head"), timeoutMilliseconds: 10_000) { result in
                    results.append(summary(result))
                    #expect(client.outstanding == 0 && client.isConnected)
                    client.close()
                    server.close()
                    bench.finish()
                }
            }
        }
        isSending = false
        try bench.run()
        #expect(results == (0..<300).map { "200 /\($0)!" } + ["200 "])
        #expect(server.counters.connectionsAccepted == 1 && server.counters.requests == 301)
    }

    @Test("nobody listens: refused, which is safe to send again")
    func refused() throws {
        let bench = try TestBench()
        let server = try bench.server { _, _ in }
        let port = server.address.port
        server.close()
        let client = bench.client(port)
        var results: [String] = []
        bench.loop.defer {
            client.send(HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 5_000) { result in
                results.append(summary(result))
                if case .failure(let error) = result { #expect(!error.mayHaveBeenReceived) }
                client.close()
                bench.finish()
            }
        }
        try bench.run()
        #expect(results == ["refused"])
    }

    @Test("a connection that breaks loses what was written, and only that")
    func lostAndNotSent() throws {
        let bench = try TestBench()
        let server = try RawServer(on: bench.loop) { $0.abort() }
        var options = HTTPClientOptions()
        options.maxInFlight = 1
        let client = bench.client(server.port, options: options)
        var results: [String] = []
        var disconnects = 0
        client.onDisconnect = { _ in
            disconnects += 1
            client.close()
            server.close()
            bench.finish()
        }
        for path in ["/written", "/waiting"] {
            client.send(HTTPRequestMessage(.get, path), timeoutMilliseconds: 10_000) { result in
                if case .failure(let error) = result { #expect(error.mayHaveBeenReceived == (path == "/written")) }
                results.append(path + " " + summary(result))
            }
        }
        try bench.run()
        #expect(results == ["/written lost", "/waiting not sent"])
        #expect(disconnects == 1)
    }

    @Test("a silent server costs the connection, and what is behind the late request too")
    func silentServer() throws {
        let bench = try TestBench()
        let server = try RawServer(on: bench.loop) { _ in }
        let client = bench.client(server.port)
        var results: [String] = []
        client.onDisconnect = { _ in
            client.close()
            server.close()
            bench.finish()
        }
        client.send(HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 50) { results.append(summary($0)) }
        client.send(HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 60_000) { results.append(summary($0)) }
        try bench.run()
        #expect(results == ["timed out, sent", "lost"])
    }

    @Test("a request that waits behind the window runs out of time unsent")
    func expiresUnsent() throws {
        let bench = try TestBench()
        let server = try RawServer(on: bench.loop) { _ in }
        var options = HTTPClientOptions()
        options.maxInFlight = 1
        let client = bench.client(server.port, options: options)
        var results: [String] = []
        client.send(HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 60_000) { results.append(summary($0)) }
        client.send(HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 30) { result in
            results.append(summary(result))
            client.close()
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(results == ["timed out, not sent", "lost"])
    }

    @Test("the queue is bounded in requests and in bytes")
    func overloaded() throws {
        let bench = try TestBench()
        let server = try bench.server { request, handle in handle.respond(HTTPResponse(.ok)) }
        var options = HTTPClientOptions()
        options.maxRequests = 2
        options.maxBytes = 100
        let client = bench.client(server.address.port, options: options)
        var results: [String] = []
        func send(_ bytes: Int) {
            let request = HTTPRequestMessage(.put, "/", body: [UInt8](repeating: 1, count: bytes))
            client.send(request, timeoutMilliseconds: 5_000) { result in
                results.append("\(bytes): \(summary(result))")
                // When all are answered there is room again, to the byte.
                if results.count == 4 { send(99) }
                guard results.count == 5 else { return }
                client.close()
                server.close()
                bench.finish()
            }
        }
        for bytes in [60, 40, 20, 10] { send(bytes) }
        try bench.run()
        #expect(Set(results.prefix(4)) == ["60: 200 ", "40: overloaded", "20: 200 ", "10: overloaded"])
        #expect(results.last == "99: 200 ")
    }

    @Test("what is no HTTP ends the connection")
    func malformed() throws {
        let bench = try TestBench()
        let server = try RawServer(on: bench.loop) { $0.write(Array("SSH-2.0-x\r\n\r\n".utf8)) }
        let client = bench.client(server.port)
        var results: [String] = []
        client.send(HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 5_000) { result in
            results.append(summary(result))
            client.close()
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(results == ["malformed"])
    }

    @Test("dials again when the server is back on the same port")
    func redial() throws {
        let bench = try TestBench()
        var first: HTTPServer? = try bench.server { request, handle in handle.respond(echo(request)) }
        let port = try #require(first).address.port
        let client = bench.client(port)
        var second: HTTPServer?
        var results: [String] = []
        func send(_ path: String, _ then: @escaping () -> Void) {
            client.send(HTTPRequestMessage(.get, path), timeoutMilliseconds: 10_000) { result in
                results.append(summary(result))
                then()
            }
        }
        client.onDisconnect = { _ in
            client.onDisconnect = nil
            send("/while-down") {
                second = try? bench.server(port: port) { request, handle in handle.respond(echo(request)) }
                #expect(second != nil)
                send("/two") {
                    client.close()
                    second?.close()
                    bench.finish()
                }
            }
        }
        send("/one") {
            first?.drain(withinMilliseconds: 5_000) { first = nil }
        }
        try bench.run()
        #expect(results == ["200 /one", "refused", "200 /two"])
    }

    @Test("a closed client refuses, later, and never twice")
    func closed() throws {
        let bench = try TestBench()
        let client = bench.client(1)
        client.close()
        client.close()
        var results: [String] = []
        client.send(HTTPRequestMessage(.get, "/"), timeoutMilliseconds: 1) { results.append(summary($0)) }
        #expect(results.isEmpty)
        bench.loop.defer { bench.finish() }
        try bench.run()
        #expect(results == ["not sent"])
    }
}
