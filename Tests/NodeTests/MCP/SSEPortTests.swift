import Bytes
import HTTP
import MCP
import Raft
import Replica
import StateMachine
import Testing
import Transport

@testable import Node

/// HTTP+SSE: `/sse` and `/message`.
@Suite struct SSEPortTests {
    private static let initialize = """
        {"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},\
        "clientInfo":{"name":"c","version":"1"}}}
        """

    private static func rpc(_ method: String, _ params: String = "", id: Int = 1) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params)}}"#
    }

    private func world(connections: Int = 100) throws -> PortWorld {
        try PortWorld(connections: connections, transport: .serverSentEvents)
    }

    /// Where the client of this stream is to send its messages; `nil` before it was told.
    private func endpoint(_ stream: Reply) -> String? {
        let events = stream.text.components("\n\n")
        guard events.count > 1, events[0].hasPrefix("event: endpoint\ndata: ") else { return nil }
        return String(events[0].dropFirst(22))
    }

    private func post(_ world: PortWorld, _ stream: Reply, _ text: String, _ headers: [HTTPHeader] = []) -> Reply {
        world.get(endpoint(stream) ?? "/", headers, .post, body: Array(text.utf8))
    }

    private func messages(_ stream: Reply) -> [String] {
        stream.text.components("\n\n").filter { $0.hasPrefix("event: message\ndata: ") }.map {
            String($0.dropFirst(21))
        }
    }

    @Test func answersComeDownTheStreamAndEveryPostIsAccepted() throws {
        let world = try world()
        let stream = world.get("/sse")
        var posts: [Reply] = []
        world.when({ [self] in endpoint(stream) != nil }) { [self] in
            for text in [
                Self.initialize, #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "{",
                Self.rpc("ping"), Self.rpc("nope", id: 2), "[]",
                Self.rpc("tools/call", #""name":"list_sessions""#, id: 3),
            ] {
                posts.append(post(world, stream, text))
            }
        }
        world.when({ [self] in posts.allSatisfy(\.isWhole) && messages(stream).count == 6 }) {}
        try world.run()
        #expect(posts.count == 7 && posts.allSatisfy { $0.status == 202 })
        let answers = messages(stream)
        for part in [
            #""protocolVersion":"2024-11-05""#, "-32700", #""id":1,"result":{}"#, #""id":2,"error":{"code":-32601"#,
            "-32600", #""id":3,"result":{"content""#,
        ] {
            #expect(answers.contains { $0.contains(part) }, "\(part) in \(answers)")
        }
        #expect(stream.isWhole && stream.text.hasSuffix("retry: 100\n\n"))
        let address = try #require(endpoint(stream))
        #expect(address.hasPrefix("/message?sessionId=\(PortWorld.instance)"), "relative, and it names its holder")
    }

    @Test func changesComeDownTheStreamToo() throws {
        let world = try world()
        let stream = world.get("/sse")
        func tag(_ heap: String) {
            let key = Array("k\(world.state.lastApplied)".utf8)
            world.state.perform(.heap(HeapCommand(Array(heap.utf8), .merge([TagChange(key: key, value: [])]))))
            world.port?.applied()
        }
        world.when({ [self] in endpoint(stream) != nil }) { [self] in
            // discarded: the stream tells
            _ = post(world, stream, Self.initialize)
            _ = post(world, stream, Self.rpc("resources/subscribe", #""uri":"heap:///h""#))
        }
        world.when({ [self] in messages(stream).count == 2 }) { tag("h") }
        world.when({ [self] in messages(stream).contains { $0.contains("resources/updated") } }) { [self] in
            // discarded: the stream tells
            _ = post(world, stream, Self.rpc("resources/unsubscribe", #""uri":"heap:///h""#, id: 2))
        }
        world.when({ [self] in messages(stream).contains { $0.contains(#""id":2"#) } }) {
            tag("h")
            tag("i")
        }
        world.when({ [self] in messages(stream).filter { $0.contains("list_changed") }.count == 2 }) {}
        try world.run()
        #expect(messages(stream).filter { $0.contains("resources/updated") }.count == 1)
    }

    @Test func whatWasAcceptedIsAnsweredBeforeAStoppingNodeEndsTheStream() throws {
        let world = try world()
        let stream = world.get("/sse")
        var held: [Reply] = []
        world.holdsAnswers = true
        let append = #""name":"append_session_entry","arguments":{"code":"","output_heap":"h"}"#
        world.when({ [self] in endpoint(stream) != nil }) { [self] in
            held =
                [post(world, stream, Self.initialize)]
                + (1...3).map { post(world, stream, Self.rpc("tools/call", append, id: $0)) }
        }
        // Its answers come only when the server stops, at the end of the run.
        world.when({ world.heldAnswers == 3 && held.allSatisfy(\.isWhole) }) { world.answersWhenStopping = true }
        try world.run()
        let answers = messages(stream)
        #expect(held.allSatisfy { $0.status == 202 } && stream.isWhole)
        for id in 1...3 { #expect(answers.contains { $0.contains(#""id":\#(id),"result""#) }, "\(answers)") }
        #expect(stream.text.hasSuffix("retry: 100\n\n"))
    }

    @Test func aClientMayAskOnlySoMuchWithoutAnAnswer() throws {
        let world = try world(connections: 400)
        let stream = world.get("/sse")
        world.holdsAnswers = true
        var posts: [Reply] = []
        world.when({ [self] in endpoint(stream) != nil }) { [self] in
            posts = [post(world, stream, Self.initialize)]
        }
        world.when({ posts.first?.isWhole == true }) { [self] in
            posts += (1...80).map { post(world, stream, Self.rpc("tools/call", #""name":"list_sessions""#, id: $0)) }
        }
        world.when({ posts.count == 81 && posts.allSatisfy(\.isWhole) }) { world.answersWhenStopping = true }
        try world.run()
        #expect(posts.count { $0.status == 202 } == 65 && posts.count { $0.status == 503 } == 16)
    }

    @Test func theStreamIsTheSession() throws {
        let world = try world()
        let stream = world.get("/sse")
        var late: Reply?
        world.when({ [self] in endpoint(stream) != nil }) { stream.client.close() }
        world.when({ world.port?.openStreams == 0 }) { [self] in
            late = post(world, stream, #"{"jsonrpc":"2.0","method":"x"}"#)
        }
        world.when({ late?.isWhole == true }) {}
        try world.run()
        #expect(late?.status == 404)
        #expect(late?.text.contains("session_not_found") == true)
    }

    @Test func aMessageOfAnotherNodesStreamIsPassedOn() throws {
        let world = try world()
        let session = RelayedMessage.Session(holder: InstanceID(high: 9, low: 9), id: RandomID(high: 3, low: 4))
        let log = HTTPHeader("X-MCP-Session-Id", "=?base64?w6Q=?=")
        let post = world.get("/message?sessionId=\(session)", [log], .post, body: [0x7B, 0x7D])
        let unknown = world.get(
            "/message?sessionId=\(RelayedMessage.Session(holder: PortWorld.instance, id: session.id))", [], .post)
        let malformed = world.get("/message?sessionId=7", [], .post)
        let missing = world.get("/message", [], .post)
        let wrong = [
            world.get("/message?sessionId=\(session)"), world.get("/sse", [], .post), world.get("/mcp", [], .post),
        ]
        world.when({ (wrong + [post, unknown, malformed, missing]).allSatisfy(\.isWhole) }) {}
        try world.run()
        #expect(post.status == 202 && unknown.status == 404 && malformed.status == 404 && missing.status == 400)
        #expect(wrong.map(\.status) == [405, 405, 404])
        try #require(world.relayed.count == 1)
        let (holder, message) = world.relayed[0]
        #expect(holder == session.holder && message.session == session && message.body == [0x7B, 0x7D])
        // What the other node reads is what this one got.
        let sent = message.message
        let fields = sent.headers.map { "\($0.name): \($0.value)" }
        let read = try RelayedMessage(try request("POST \(sent.target)", fields, body: sent.body))
        #expect(read.session == session && read.body == message.body && read.sessionLog == Array("ä".utf8))
    }

    @Test func whatIsTooLongForAnEventIsAnErrorInstead() throws {
        let world = try world()
        let code = [UInt8](repeating: 0x22, count: 600_000)
        let entry = SessionEntry(inputHeap: nil, outputHeap: [0x68], outputFS: nil, code: code)
        let command = SessionCommand(Array("s".utf8), .append(entry, expecting: .anything))
        #expect(world.state.perform(.session(command)) != nil)
        let stream = world.get("/sse")
        let call = #""name":"list_session_snapshots","arguments":{"session":"s"}"#
        world.when({ [self] in endpoint(stream) != nil }) { [self] in
            // discarded: the stream tells
            _ = post(world, stream, Self.initialize)
            _ = post(world, stream, Self.rpc("tools/call", call))
        }
        world.when({ [self] in messages(stream).count == 2 }) {}
        try world.run()
        let answer = try #require(messages(stream).first { $0.contains(#""id":1"#) })
        #expect(answer.contains("answer_too_long") && answer.utf8.count < 1000)
    }
}

/// What is common to stdio and HTTP+SSE.
@Suite struct ConversationTests {
    private final class World {
        var state = StateMachine()
        var sent: [String] = []
        var questions: [(body: ClientRequest.Body, answer: (Answer) -> Void)] = []
        private(set) lazy var conversation = Conversation(
            version: "1", maxValueSize: 1000, sessionLog: nil, state: { [unowned self] in state },
            ask: { [unowned self] in questions.append(($0, $1)) },
            send: { [unowned self] in sent.append(String(decoding: $0, as: UTF8.self)) })

        func say(_ text: String) { conversation.receive(Array(text.utf8)) }

        func tag(_ heap: String) {
            let key = Array("k\(state.lastApplied)".utf8)
            state.perform(.heap(HeapCommand(Array(heap.utf8), .merge([TagChange(key: key, value: [])]))))
            conversation.applied()
        }
    }

    private static func modern(_ method: String, _ params: String, id: String) -> String {
        """
        {"jsonrpc":"2.0","id":\(id),"method":"\(method)","params":{\(params),"_meta":{\
        "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}
        """
    }

    private static func listen(_ id: String, _ uri: String = "heap:///h") -> String {
        modern("subscriptions/listen", #""notifications":{"resourceSubscriptions":["\#(uri)"]}"#, id: id)
    }

    private static func cancel(_ id: String) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
    }

    @Test func aRequestThatWasCancelledIsNotAnswered() {
        let world = World()
        var idle = 0
        world.conversation.onIdle = { idle += 1 }
        for id in ["1", #""1""#] {
            world.say(Self.modern("tools/call", #""name":"list_sessions""#, id: id))
        }
        #expect(world.conversation.inFlight == 2)
        world.say(Self.cancel("1"))
        world.say(Self.cancel("7"))
        for question in world.questions { question.answer(.session(.names([], next: nil))) }
        #expect(world.sent.count == 1 && world.sent[0].contains(#""id":"1""#))
        #expect(world.conversation.inFlight == 0 && idle == 1)
    }

    @Test func subscriptionsLiveBesideEachOther() {
        let world = World()
        for id in ["1", "2", "3"] { world.say(Self.listen(id, id == "2" ? "heap:///i" : "heap:///h")) }
        for question in world.questions { question.answer(.revision(0)) }
        #expect(world.sent.count == 3 && world.sent.allSatisfy { $0.contains("acknowledged") })
        world.say(Self.cancel("3"))
        world.sent = []
        world.tag("h")
        #expect(
            world.sent.count == 1
                && world.sent[0].contains(
                    #""subscriptionId":1"#.replacing("subscriptionId", with: "io.modelcontextprotocol/subscriptionId"))
        )
        world.conversation.isWritable = { false }
        world.tag("i")
        world.tag("i")
        #expect(world.sent.count == 1)
        world.conversation.isWritable = { true }
        world.conversation.applied()
        #expect(world.sent.count == 2, "what changed twice is told once")
        world.conversation.end()
        #expect(world.sent.suffix(2).allSatisfy { $0.contains(#""resultType":"complete""#) } && world.sent.count == 4)
        world.tag("h")
        #expect(world.sent.count == 4)
    }

    @Test func aClientCannotSubscribeForEver() {
        let world = World()
        for id in 0..<65 { world.say(Self.listen("\(id)")) }
        for question in world.questions { question.answer(.revision(0)) }
        #expect(world.sent.count == 65 && world.sent.last?.contains("-32603") == true)
        world.say(
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{}}}"#
        )
        for number in 0...1000 {
            world.say(#"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"heap:///\#(number)"}}"#)
        }
        #expect(world.sent.last?.contains("-32602") == true)
        #expect(world.sent.dropLast().last?.contains(#""result":{}"#) == true)
    }

    @Test func aBatchIsAnsweredWhenAllOfItIs() {
        let world = World()
        world.say(
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{}}}"#
        )
        world.sent = []
        let calls = (1...3).map {
            #"{"jsonrpc":"2.0","id":\#($0),"method":"tools/call","params":{"name":"list_sessions"}}"#
        }
        world.say("[\(calls.joined(separator: ",")),\(#"{"jsonrpc":"2.0","id":4,"method":"nope"}"#)]")
        #expect(world.questions.count == 3 && world.sent.isEmpty)
        world.say(Self.cancel("2"))
        for question in world.questions.reversed() { question.answer(.session(.names([], next: nil))) }
        #expect(world.sent.count == 1)
        let ids = world.sent[0].components(#""jsonrpc":"2.0","id":"#).dropFirst().compactMap(\.first)
        #expect(ids == ["1", "3", "4"] && world.sent[0].hasPrefix("[") && world.sent[0].hasSuffix("]"))
    }

    @Test func whatComesToNothingIsAnErrorOfTheRequest() {
        let world = World()
        world.say(Self.modern("tools/call", #""name":"list_sessions""#, id: "5"))
        world.questions[0].answer(.unavailable(reason: "no leader"))
        #expect(world.sent[0].contains(#""id":5,"error""#) && world.sent[0].contains(#""code":"unavailable""#))
        world.conversation.receiveTooLong(limit: 77)
        #expect(world.sent[1].contains(#""id":null"#) && world.sent[1].contains("77 bytes"))
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        var rest = self[...]
        var parts: [String] = []
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
