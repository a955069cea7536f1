import Bytes
import HTTP
import MCP
import Raft
import Replica
import StateMachine
import Testing

@testable import Node

/// Sessions of revisions with a handshake on `/mcp`, before a state machine that any node might have.
@Suite struct HandshakeTests {
    private static let headers = [
        HTTPHeader("Accept", "application/json, text/event-stream"), HTTPHeader("Content-Type", "application/json"),
    ]
    private static let stream = HTTPHeader("Accept", "text/event-stream")
    private static let id = MCPSessionID(high: 1, low: 0xABC)

    private static func session(_ id: MCPSessionID = HandshakeTests.id) -> HTTPHeader {
        HTTPHeader("Mcp-Session-Id", id.description)
    }

    private static func body(_ method: String, _ params: String = "", id: Int = 1) -> [UInt8] {
        Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params)}}"#.utf8)
    }

    /// A world that has the session already, of another node's making.
    private func world(_ revision: String = "2025-11-25", connections: Int = 100) throws -> PortWorld {
        let world = try PortWorld(connections: connections)
        open(world, revision)
        return world
    }

    private func open(_ world: PortWorld, _ revision: String) {
        let command = MCPSessionCommand.open(Self.id, revision: Array(revision.utf8), sessionLog: Array("log".utf8))
        #expect(world.state.perform(.mcpSession(command)) == .mcpSession(.done))
    }

    private func change(_ world: PortWorld, _ command: MCPSessionCommand) {
        #expect(world.state.perform(.mcpSession(command)) == .mcpSession(.done))
        world.port?.applied()
    }

    private func tag(_ world: PortWorld, _ heap: String) {
        let key = Array("k\(world.state.lastApplied)".utf8)
        let command = HeapCommand(Array(heap.utf8), .merge([TagChange(key: key, value: [])]))
        #expect(world.state.perform(.heap(command)) != nil)
        world.port?.applied()
    }

    @Test func aHandshakeMakesASessionWithALogOfItsOwn() throws {
        let world = try PortWorld()
        let params = #""protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}"#
        let own = world.get("/mcp", Self.headers, .post, body: Self.body("initialize", params))
        let named = HTTPHeader("X-MCP-Session-Id", "=?base64?w6Q=?=")
        let chosen = world.get("/mcp", Self.headers + [named], .post, body: Self.body("initialize", params))
        world.when({ own.isWhole && chosen.isWhole }) {}
        try world.run()
        #expect(own.status == 200 && own.text.contains(#""protocolVersion":"2025-06-18""#))
        let ids = [own, chosen].compactMap { $0.head?.headers.first("mcp-session-id").flatMap(MCPSessionID.init(hex:)) }
        try #require(ids.count == 2 && ids[0] != ids[1])
        let sessions = ids.compactMap { world.state.mcpSession($0) }
        try #require(sessions.count == 2)
        #expect(sessions[0].revision == Array("2025-06-18".utf8) && sessions[1].sessionLog == Array("ä".utf8))
        let log = String(decoding: sessions[0].sessionLog, as: UTF8.self)
        #expect(log.hasPrefix("mcp-") && !log.contains(ids[0].description), "who knows the log has not the session")
    }

    @Test func aRequestIsReadHereOnceItIsKnownThatNothingIsMissing() throws {
        let world = try world()
        let call = Self.body("tools/call", #""name":"append_session_entry","arguments":{"code":"","output_heap":"h"}"#)
        let append = world.get("/mcp", Self.headers + [Self.session()], .post, body: call)
        let list = Self.body("tools/call", #""name":"list_session_snapshots""#)
        var read: Reply?
        world.when({ append.isWhole }) { read = world.get("/mcp", Self.headers + [Self.session()], .post, body: list) }
        world.when({ read?.isWhole == true }) {}
        try world.run()
        #expect(append.text.contains(#""index":0"#) && read?.text.contains(#""output_heap":"h""#) == true)
        let kinds = world.asked.map { body in
            switch body {
            case .read(.revision, .linearizable): "confirm"
            case .read(.session, .stale): "read here"
            case .write(.session(let command), _): "write \(String(decoding: command.session, as: UTF8.self))"
            default: "\(body)"
            }
        }
        #expect(kinds == ["confirm", "write log", "confirm", "read here"])
    }

    @Test(arguments: ["ping", "tools/list", "resources/subscribe", "notifications/x"])
    func whoseSessionHasEndedIsToldSoByEveryNode(method: String) throws {
        let world = try PortWorld()
        let text =
            method.hasPrefix("notif") ? Array(#"{"jsonrpc":"2.0","method":"notifications/x"}"#.utf8) : Self.body(method)
        let post = world.get("/mcp", Self.headers + [Self.session()], .post, body: text)
        let get = world.get("/mcp", [Self.stream, Self.session()])
        let delete = world.get("/mcp", [Self.session()], .delete)
        world.when({ post.isWhole && get.isWhole && delete.isWhole }) {}
        try world.run()
        for reply in [post, get, delete] {
            let error = try #require(try JSONParser.parse(reply.body).object)
            #expect(reply.status == 404 && error["error"]?.object?["code"] == -32600)
            #expect(error["id"] == (reply === post && text == Self.body(method) ? 1 : .null))
        }
    }

    @Test func nobodyIsToldThatASessionHasEndedWhoIsNotSure() throws {
        let world = try PortWorld()
        world.answer = .unavailable(reason: "no leader")
        let post = world.get("/mcp", Self.headers + [Self.session()], .post, body: Self.body("ping", id: 9))
        let get = world.get("/mcp", [Self.stream, Self.session()])
        world.when({ post.isWhole && get.isWhole }) {}
        try world.run()
        #expect(post.status == 503 && get.status == 503)
        #expect(post.text.contains(#""id":9"#) && post.text.contains(#""code":"unavailable""#))
        #expect(post.head?.headers.first("retry-after") == "1")
    }

    @Test func aSessionEndsOnceAndItsStreamWithIt() throws {
        let world = try world()
        let stream = world.get("/mcp", [Self.stream, Self.session()])
        var delete: Reply?
        world.when({ stream.head != nil }) { delete = world.get("/mcp", [Self.session()], .delete) }
        world.when({ delete?.isWhole == true && stream.isWhole }) {}
        try world.run()
        #expect(delete?.status == 200 && world.state.mcpSessionCount == 0)
    }

    @Test func aBatchIsCarriedOutInItsOrder() throws {
        let world = try world("2025-03-26")
        let append = #"{"name":"append_session_entry","arguments":{"session":"t","code":"","output_heap":"h"}}"#
        let list = #"{"name":"list_session_snapshots","arguments":{"session":"t","fields":"index"}}"#
        let calls = [append, list, append, list].enumerated().map {
            #"{"jsonrpc":"2.0","id":\#($0.offset),"method":"tools/call","params":\#($0.element)}"#
        }
        let body = Array("[\(calls.joined(separator: ","))]".utf8)
        let reply = world.get("/mcp", Self.headers + [Self.session()], .post, body: body)
        world.when({ reply.isWhole }) {}
        try world.run()
        let answers = try #require(try JSONParser.parse(reply.body).array).compactMap(\.object)
        let texts = answers.compactMap { $0["result"]?.object?["content"]?.array?.first?.object?["text"]?.string }
        #expect(answers.map { $0["id"] } == [0, 1, 2, 3] && texts.count == 4)
        #expect(texts[0].hasPrefix(#"{"index":0"#) && texts[1] == #"{"entries":[{"index":0}]}"#)
        #expect(texts[2].hasPrefix(#"{"index":1"#) && texts[3] == #"{"entries":[{"index":0},{"index":1}]}"#)
    }

    @Test func theAnswersToABatchHaveABound() throws {
        let messages = try (0..<4).map { try JSONParser.parse(Self.body("ping", id: $0)) }
        var sent: [[UInt8]] = []
        let batch = Batch(try RPCBatch(messages, .march2025), maximumBytes: 100) { sent = $0 }
        for (request, count) in zip(batch.requests, [60, 50, 40, 1]) {
            #expect(sent.isEmpty)
            batch.put([UInt8](repeating: 0x20, count: count), to: request)
        }
        #expect(sent.map(\.count).enumerated().filter { $0.offset != 1 }.map(\.element) == [60, 40, sent[3].count])
        let failed = [1, 3].compactMap { try? JSONParser.parse(sent[$0]).object }  // discarded: what is none is missing
        #expect(failed.map { $0["id"] } == [1, 3])
        #expect(failed.allSatisfy { $0["error"]?.object?["data"] == ["code": "answer_too_long"] })
    }

    // MARK: Streams

    private func changes(_ reply: Reply) -> [String] {
        reply.text.split(separator: "\n\n").filter { $0.contains("updated") }.map(String.init)
    }

    @Test func aStreamTellsWhatTheSessionIsSubscribedToWhereverItSaidSo() throws {
        let world = try world()
        tag(world, "before")
        let stream = world.get("/mcp", [Self.stream, Self.session()])
        world.when({ !stream.body.isEmpty }) { [self] in
            tag(world, "h")
            change(world, .subscribe(Self.id, uri: Array("heap:///h".utf8)))
            tag(world, "h")
        }
        world.when({ changes(stream).count == 1 }) { [self] in
            change(world, .unsubscribe(Self.id, uri: Array("heap:///h".utf8)))
            change(world, .subscribe(Self.id, uri: Array("heap:///i".utf8)))
            tag(world, "h")
            tag(world, "i")
        }
        world.when({ changes(stream).count == 2 }) {}
        try world.run()
        let told = changes(stream)
        #expect(told.count == 2 && told[0].contains("heap:///h") && told[1].contains("heap:///i"))
        #expect(stream.text.contains("resources/list_changed") && stream.text.hasSuffix("retry: 100\n\n"))
        #expect(stream.text.hasPrefix("id: 2.\(UInt32.max)\ndata:\n\n"), "\(stream.text)")
        #expect(eventIDs(stream.body).last == "9.\(UInt32.max)")
    }

    @Test func aStreamGoesOnAfterTheLastEventThatTheClientSaw() throws {
        let world = try world("2025-03-26")
        change(world, .subscribe(Self.id, uri: Array("heap:///h".utf8)))
        for heap in ["h", "i", "h"] { tag(world, heap) }
        let stream = world.get("/mcp", [Self.stream, Self.session(), HTTPHeader("Last-Event-ID", "3.0")])
        let wrong = world.get("/mcp", [Self.stream, Self.session(), HTTPHeader("Last-Event-ID", "x")])
        world.when({ changes(stream).count == 1 && wrong.isWhole }) {}
        try world.run()
        #expect(wrong.status == 400 && wrong.text.contains("Last-Event-ID"))
        #expect(changes(stream)[0].contains("id: 5.\(UInt32.max)"))
        // Clients of this revision cannot read an event without a message.
        #expect(stream.text.hasPrefix(":\n\n"))
    }

    @Test func whatIsNotKeptAnyMoreIsMadeUpFor() throws {
        let world = try world()
        change(world, .subscribe(Self.id, uri: Array("heap:///h".utf8)))
        world.state = try world.forgettingChanges()
        let stream = world.get("/mcp", [Self.stream, Self.session(), HTTPHeader("Last-Event-ID", "1.0")])
        world.when({ changes(stream).count == 1 && stream.text.contains("list_changed") }) {}
        try world.run()
    }

    @Test func aPlaceThatNobodyHasReachedIsNotWaitedFor() throws {
        let world = try world()
        change(world, .subscribe(Self.id, uri: Array("heap:///h".utf8)))
        let place = HTTPHeader("Last-Event-ID", "\(UInt64.max).0")
        let stream = world.get("/mcp", [Self.stream, Self.session(), place])
        world.when({ changes(stream).count == 1 }) { [self] in tag(world, "h") }
        world.when({ changes(stream).count == 2 }) {}
        try world.run()
        #expect(stream.text.hasPrefix("id: 2.\(UInt32.max)\n"))
    }

    @Test func aSecondStreamTakesOverFromTheFirst() throws {
        let world = try world()
        change(world, .subscribe(Self.id, uri: Array("heap:///h".utf8)))
        let first = world.get("/mcp", [Self.stream, Self.session()])
        var second: Reply?
        world.when({ !first.body.isEmpty }) { second = world.get("/mcp", [Self.stream, Self.session()]) }
        world.when({ first.isWhole && second?.body.isEmpty == false }) { [self] in tag(world, "h") }
        world.when({ second.map { changes($0).count } == 1 }) {}
        try world.run()
        #expect(changes(first).isEmpty && first.text.hasSuffix("retry: 30000\n\n"))
    }

    @Test func aSessionsStreamEndsNowAndThenAndGoesOnWhereItWas() throws {
        var times = StreamTimes()
        (times.idle, times.session) = (10, 40)
        let world = try PortWorld(times: times)
        open(world, "2025-11-25")
        change(world, .subscribe(Self.id, uri: Array("heap:///h".utf8)))
        let first = world.get("/mcp", [Self.stream, Self.session()])
        var second: Reply?
        world.when({ first.isWhole }) { [self] in
            tag(world, "h")
            let last = eventIDs(first.body).last ?? ""
            second = world.get("/mcp", [Self.stream, Self.session(), HTTPHeader("Last-Event-ID", last)])
        }
        world.when({ second.map { changes($0).count } == 1 }) {}
        try world.run()
        #expect(first.text.hasSuffix("retry: 100\n\n"))
    }

    @Test func streamsAndWatchesShareOneBudget() throws {
        let world = try world(connections: 4)
        let stream = world.get("/mcp", [Self.stream, Self.session()])
        let watch = world.get("/v1/watch")
        var refused: [Reply] = []
        world.when({ stream.head != nil && watch.head != nil }) {
            refused = [world.get("/mcp", [Self.stream, Self.session()]), world.get("/v1/watch")]
        }
        world.when({ refused.count == 2 && refused.allSatisfy(\.isWhole) }) {}
        try world.run()
        #expect(stream.status == 200 && watch.status == 200 && refused.map(\.status) == [503, 503])
    }

    @Test func theUseOfASessionIsToldWhenItWasNotToldForLong() throws {
        let world = try world()
        world.state = world.olderBy(minutes: 16)
        let use = SessionUse(
            on: world.loop, batchMilliseconds: 5,
            ask: { body, then in
                guard case .write(let operation, _) = body, let outcome = world.state.perform(operation) else { return }
                then(.outcome(outcome))
            }, state: { world.state })
        let session = try #require(world.state.mcpSession(Self.id))
        #expect(world.state.isUseOld(of: session))
        use.note(Self.id)
        use.note(MCPSessionID(high: 7, low: 7))
        world.when({ world.state.mcpSession(Self.id)?.lastUsed != session.lastUsed }) {
            use.note(Self.id)
            use.close()
        }
        try world.run()
        #expect(world.state.mcpSession(Self.id).map { !world.state.isUseOld(of: $0) } == true)
    }

    // MARK: Calls

    private let endpoint = MCPEndpoint(version: "1.2.3", maxValueSize: 1000)

    @Test(
        arguments: [
            ("GET", ["Accept: text/event-stream"], 400), ("GET", ["Accept: application/json"], 406),
            ("GET", ["Accept: */*", "Mcp-Session-Id: zz"], 404), ("DELETE", [], 400),
            ("DELETE", ["Mcp-Session-Id: 0000000000000001000000000000000A"], 404), ("PATCH", [], 405),
            ("DELETE", ["MCP-Protocol-Version: 2026-07-28", "Mcp-Session-Id: x"], 405),
            ("GET", ["Accept: */*", "MCP-Protocol-Version: v9"], 400),
        ] as [(String, [String], UInt16)])
    func whatHasNoSessionIsRefused(method: String, fields: [String], status: UInt16) throws {
        let request = try request("\(method) /mcp", fields)
        #expect(try refusal { _ = try endpoint.call(request) }.status.code == status)
    }

    @Test(arguments: [nil, "2024-11-05", "2025-11-25"] as [String?])
    func aRequestOfASessionNeedsNoEnvelope(version: String?) throws {
        let fields =
            ["Accept: */*", "Content-Type: application/json", "Mcp-Session-Id: \(Self.id)"]
            + (version.map { ["MCP-Protocol-Version: \($0)"] } ?? [])
        let body = Self.body("tools/list")
        let (once, twice) = (
            try request("POST /mcp", fields, body: body),
            try request("POST /mcp", fields + ["Mcp-Session-Id: x"], body: body)
        )
        guard case .session(Self.id, .message(.request(let call), sessionLog: nil)) = try endpoint.call(once) else {
            Issue.record("no session")
            return
        }
        #expect(call.method == "tools/list")
        #expect(try refusal { _ = try endpoint.call(twice) }.status == .badRequest)
    }
}

extension PortWorld {
    /// The state as it would be, had so many changes come since that none is kept.
    fileprivate func forgettingChanges() throws -> StateMachine {
        let view = state.view()
        return state.rebased(to: view.position, configuration: view.configuration)
    }

    /// The state when its leader's clock has gone on.
    fileprivate func olderBy(minutes: UInt64) -> StateMachine {
        var state = state
        for minute in 1...minutes { state.perform(.mcpSession(.touch([])), timestamp: minute * 60_000) }
        return state
    }
}
