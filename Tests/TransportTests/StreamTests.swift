import HTTP
import Reactor
import Testing
import Transport

/// Answers that are written bit by bit, on real sockets.
@Suite("HTTP server: streams", .serialized)
struct StreamTests {
    private let get = Array("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    private let last = Array("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
    private let head = HTTPResponse(.ok, contentType: "text/plain")

    private var options: HTTPServerOptions {
        var options = HTTPServerOptions()
        options.mayStream = { $0.pathIs("/stream") }
        options.sweepMilliseconds = 10
        return options
    }

    @Test("a request behind a stream is handled when the stream has ended, not before")
    func pipelined() throws {
        let bench = try TestBench()
        var events: [String] = []
        let server = try bench.server(options: options) { request, handle in
            events.append(String(decoding: request.path, as: UTF8.self))
            guard request.pathIs("/stream") else { return handle.respond(echo(request)) }
            let stream = handle.stream(head) { events.append("\($0)") }
            stream.write(Array("one".utf8))
            bench.loop.defer {
                stream.write(Array("two".utf8))
                events.append("end")
                stream.end()
            }
        }
        var output = ""
        bench.exchange(get + last, with: server) {
            output = $0
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(events == ["/stream", "end", "/last"])
        let parts = output.components(separatedBy: "\r\n\r\n")
        #expect(parts[0].hasSuffix("Transfer-Encoding: chunked"))
        #expect(parts[1] == "3\r\none\r\n3\r\ntwo\r\n0" && parts.last == "/last")
        #expect(server.counters.responsesByClass[1] == 2)
    }

    @Test("a client of HTTP/1.0 gets the bytes as they are, until the connection ends")
    func http10() throws {
        let bench = try TestBench()
        let server = try bench.server(options: options) { _, handle in
            let stream = handle.stream(head) { _ in }
            stream.write(Array("one".utf8))
            bench.loop.defer {
                stream.write(Array("two".utf8))
                stream.end()
            }
        }
        var output = ""
        bench.exchange(Array("GET /stream HTTP/1.0\r\n\r\n".utf8), with: server) {
            output = $0
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(output.hasSuffix("Connection: close\r\n\r\nonetwo") && !output.contains("chunked"))
    }

    @Test("a slow reader costs no more than the bound, and gets everything once it reads")
    func slowReader() throws {
        let bench = try TestBench()
        var options = options
        options.streamBytes = 64 << 10
        let part = [UInt8](repeating: 7, count: 10_000)
        let bound = options.streamBytes + part.count + 16
        // More than the buffers of the kernel hold.
        let total = 32 << 20
        var written = 0
        var mostPending = 0
        var blocks = 0
        var stream: ResponseStream?
        func pump() {
            while let stream, stream.isWritable, written < total {
                stream.write(part)
                written += part.count
                mostPending = max(mostPending, stream.pendingBytes)
            }
            if written >= total { stream?.end() } else { blocks += 1 }
        }
        let server = try bench.server(options: options) { _, handle in
            stream = handle.stream(head) { event in
                if case .writable = event { pump() }
            }
            pump()
        }
        let silent = SilentClient.connect(bench, to: server, writing: get)
        // It reads nothing until the server has nothing to do for some time.
        var seen = -1
        let blocked = Waiter(bench.loop) {
            defer { seen = written }
            return written > 0 && written == seen && stream?.isWritable == false
        }
        blocked.then {
            #expect(written < total)
            silent.connection?.startReading()
        }
        let received = Waiter(bench.loop) { silent.receivedBytes > written && written >= total }
        received.then {
            silent.connection?.close()
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(mostPending <= bound && blocks > 1, "\(mostPending) of \(bound) bytes were pending")
    }

    @Test("a client that takes nothing is told to whoever writes, who has a last word, and then it is reset")
    func stalled() throws {
        let bench = try TestBench()
        var options = options
        options.writeStallMilliseconds = 50
        var events: [String] = []
        var stream: ResponseStream?
        func pump() {
            while let stream, stream.isWritable { stream.write([UInt8](repeating: 7, count: 100_000)) }
        }
        let server = try bench.server(options: options) { _, handle in
            stream = handle.stream(head) { event in
                if case .writable = event { return pump() }
                events.append("\(event)")
                stream?.write(Array("too slow".utf8))
                if stream?.isWritable == true { events.append("writable") }
            }
            pump()
        }
        let silent = SilentClient.connect(bench, to: server, writing: get)
        let gone = Waiter(bench.loop) { server.counters.requests == 1 && server.openConnections == 0 }
        gone.then {
            silent.connection?.close()
            server.close()
            bench.finish()
        }
        try bench.run()
        #expect(events == ["stalled", "closed"])
        #expect(stream?.isOpen == false && stream?.isWritable == false)
    }

    @Test("draining asks streams to end, lets them, and then is done")
    func drain() throws {
        let bench = try TestBench()
        var events: [String] = []
        var server: HTTPServer?
        var stream: ResponseStream?
        server = try bench.server(options: options) { _, handle in
            stream = handle.stream(head) { event in
                events.append("\(event)")
                stream?.write(Array("bye".utf8))
                stream?.end()
            }
            bench.loop.defer {
                server?.drain(withinMilliseconds: 10_000) {
                    events.append("drained")
                    server = nil
                    bench.finish()
                }
            }
        }
        bench.exchange(get, with: try #require(server)) {
            events.append($0.hasSuffix("3\r\nbye\r\n0\r\n\r\n") ? "whole" : $0)
        }
        try bench.run()
        #expect(
            events.first == "serverStops" && Set(events) == ["serverStops", "whole", "drained"] && events.count == 3)
    }

    @Test(
        "a stream that does not end in time is broken off, so that it does not look whole", arguments: ["1.0", "1.1"])
    func drainDeadline(version: String) throws {
        let bench = try TestBench()
        var events: [String] = []
        var server: HTTPServer?
        server = try bench.server(options: options) { _, handle in
            let stream = handle.stream(head) { events.append("\($0)") }
            stream.write(Array("half".utf8))
            bench.loop.defer {
                server?.drain(withinMilliseconds: 20) {
                    server = nil
                    bench.finish()
                }
            }
        }
        var output = ""
        bench.exchange(Array("GET /stream HTTP/\(version)\r\nHost: a\r\n\r\n".utf8), with: try #require(server)) {
            output = $0
        }
        try bench.run()
        #expect(events == ["serverStops", "closed"])
        #expect(output.hasSuffix(" ECONNRESET"), "\(output)")
    }

    @Test("whoever writes hears of a client that ends its side, and of one that is gone")
    func clientGone() throws {
        let bench = try TestBench()
        var events: [String] = []
        var streams: [ResponseStream] = []
        let server = try bench.server(options: options) { _, handle in
            let stream = handle.stream(head) { events.append("\($0)") }
            stream.write(Array("x".utf8))
            streams.append(stream)
        }
        let client = SilentClient.connect(bench, to: server, writing: get)
        let begun = Waiter(bench.loop) { streams.count == 1 }
        begun.then { client.connection?.shutdownAfterWrites() }
        let ended = Waiter(bench.loop) { events == ["clientEnded"] }
        ended.then {
            #expect(streams[0].isOpen && streams[0].isWritable)
            client.connection?.close()
            // The reset that answers this write tells that nobody is left.
            streams[0].write(Array("anybody?".utf8))
        }
        let gone = Waiter(bench.loop) {
            if streams[0].isOpen { streams[0].write(Array("?".utf8)) }
            return server.openConnections == 0
        }
        let started = Waiter(bench.loop) { events.count == 1 }
        started.then {
            gone.then {
                server.close()
                bench.finish()
            }
        }
        try bench.run()
        #expect(events == ["clientEnded", "closed"])
    }

    @Test("a stream for a client that is gone already is closed from the start")
    func goneBefore() throws {
        let bench = try TestBench()
        var events: [String] = []
        var late: ResponseHandle?
        let server = try bench.server(options: options) { _, handle in late = handle }
        let client = SilentClient.connect(bench, to: server, writing: get)
        let begun = Waiter(bench.loop) { late != nil }
        begun.then { client.connection?.abort() }
        let gone = Waiter(bench.loop) { late != nil && server.openConnections == 0 }
        gone.then {
            let stream = late?.stream(head) { event in
                events.append("\(event)")
                server.close()
                bench.finish()
            }
            stream?.write([1])
            stream?.end()
            #expect(events.isEmpty && stream?.isOpen == false)
        }
        try bench.run()
        #expect(events == ["closed"])
    }

    @Test("the server tells which client has gone, by the tag of its connection; not when it closes itself")
    func connectionTags() throws {
        let bench = try TestBench()
        var gone: [AnyHashable] = []
        var handled = 0
        let server = try bench.server(options: options) { request, handle in
            handled += 1
            if request.pathIs("/tagged") { handle.connectionTag = "tag \(handled)" }
            handle.respond(echo(request))
        }
        server.onClientGone = { gone.append($0) }
        let tagged = Array("GET /tagged HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let clients = ["first", "second"].map { _ in SilentClient.connect(bench, to: server, writing: tagged) }
        let untagged = SilentClient.connect(bench, to: server, writing: last)
        let all = Waiter(bench.loop) { handled == 3 }
        all.then {
            clients[0].connection?.close()
            untagged.connection?.close()
        }
        let one = Waiter(bench.loop) { gone.count == 1 }
        one.then {
            server.close()
            let rest = Waiter(bench.loop) { server.openConnections == 0 }
            rest.then {
                clients[1].connection?.close()
                bench.finish()
            }
        }
        try bench.run()
        #expect(gone.count == 1 && server.counters.connectionsAccepted == 3)
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
