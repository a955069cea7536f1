import Bytes
import StateMachine
import Testing

@testable import MCP

/// One client on a connection of its own: what its messages lead to.
@Suite struct DialogueTests {
    private static let envelope = """
        "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}
        """

    private static func dialogue(sessionLog: String? = nil) -> Dialogue {
        Dialogue(
            RequestHandler(version: "9.9", maxValueSize: 1000), sessionLog: sessionLog.map { Array($0.utf8) },
            ownLog: Array("own".utf8), pageBytes: 1000)
    }

    private static func initialize(_ version: String) -> String {
        #"{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"\#(version)","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#
    }

    private static func request(_ method: String, _ params: String = "", id: Int = 1) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params)}}"#
    }

    /// What the client is sent at once.
    private static func sent(_ steps: [Dialogue.Step]) throws -> JSONObject {
        for step in steps {
            switch step {
            case .send(let message): return try #require(try JSONParser.parse(message).object)
            case .perform(let call):
                guard case .answer(let reply) = call.work else { continue }
                return try #require(try JSONParser.parse(RPCText.answer(call.request.id, reply)).object)
            default: continue
            }
        }
        Issue.record("nothing was sent: \(steps)")
        return JSONObject()
    }

    private static func code(_ message: JSONObject) -> JSONValue? { message["error"]?.object?["code"] }

    @Test(
        arguments: [
            ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
            ("2025-11-25", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"),
            ("", "2025-11-25"),
        ])
    func aHandshakeAgreesOnWhatBothSpeak(requested: String, expected: String) throws {
        var dialogue = Self.dialogue()
        let steps = dialogue.receive(Array(Self.initialize(requested).utf8))
        let answer = try Self.sent(steps)
        let result = try #require(answer["result"]?.object)
        #expect(answer["id"] == "i" && result["protocolVersion"] == .string(expected))
        #expect(result["serverInfo"]?.object?["name"] == "raftd" && result["serverInfo"]?.object?["version"] == "9.9")
        #expect(result["capabilities"]?.object?["resources"] == ["subscribe": true, "listChanged": true])
        #expect(result["resultType"] == nil && result["_meta"] == nil)
        guard case .beginNotifying? = steps.last else {
            Issue.record("\(steps)")
            return
        }
        // What only a revision without a handshake has, no other shows.
        let tools = try Self.sent(dialogue.receive(Array(Self.request("tools/list").utf8)))
        #expect(tools["result"]?.object?["tools"]?.array?.count == 9 && tools["result"]?.object?["ttlMs"] == nil)
        #expect(Self.code(try Self.sent(dialogue.receive(Array(Self.request("server/discover").utf8)))) == -32602)
    }

    @Test(arguments: ["protocolVersion", "capabilities", "clientInfo"])
    func aHandshakeThatLacksSomethingAgreesOnNothing(name: String) throws {
        var dialogue = Self.dialogue()
        let lacking = Self.initialize("2025-11-25").replacing("\"\(name)\"", with: "\"other\"")
        let answer = try Self.sent(dialogue.receive(Array(lacking.utf8)))
        #expect(Self.code(answer) == -32602 && answer["id"] == "i")
        #expect(answer["error"]?.object?["message"]?.string?.contains("`\(name)`") == true)
        #expect(Self.code(try Self.sent(dialogue.receive(Array(Self.request("tools/list").utf8)))) == -32602)
    }

    @Test func bothKindsOfRevisionsShareAConnection() throws {
        var dialogue = Self.dialogue()
        #expect(try Self.sent(dialogue.receive(Array(Self.request("ping").utf8)))["result"] == [:])
        let modern = try Self.sent(dialogue.receive(Array(Self.request("tools/list", Self.envelope).utf8)))
        #expect(modern["result"]?.object?["resultType"] == "complete")
        let discovered = try Self.sent(dialogue.receive(Array(Self.request("server/discover", Self.envelope).utf8)))
        #expect(discovered["result"]?.object?["supportedVersions"]?.array?.count == 5)
        #expect(dialogue.receive(Array(Self.initialize("2025-06-18").utf8)).count == 2)
        #expect(try Self.sent(dialogue.receive(Array(Self.request("ping").utf8)))["result"] == [:])
        #expect(Self.code(try Self.sent(dialogue.receive(Array(Self.request("ping", Self.envelope).utf8)))) == -32601)
        let initialize = Self.request("initialize", Self.envelope)
        #expect(Self.code(try Self.sent(dialogue.receive(Array(initialize.utf8)))) == -32601)
    }

    @Test(
        arguments: [
            ("{", -32700, .null), ("[]", -32600, .null), ("7", -32600, .null), (#"{"id":4,"method":"x"}"#, -32600, 4),
            (#"{"jsonrpc":"2.0","id":null,"method":"x"}"#, -32600, .null),
            (#"{"jsonrpc":"2.0","id":"\#(String(repeating: "i", count: 1025))","method":"x"}"#, -32600, .null),
            (#"{"jsonrpc":"2.0","id":5,"method":"resources/subscribe","params":{}}"#, -32602, 5),
            (#"{"jsonrpc":"2.0","id":"6","method":"logging/setLevel","params":{"level":"loud"}}"#, -32602, "6"),
            (#"{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{}}}"#, -32601, 7),
            (#"{"jsonrpc":"2.0","id":8,"method":"completion/complete"}"#, -32601, 8),
        ] as [(String, JSONValue, JSONValue)])
    func whatCannotBeAnsweredIsAnError(text: String, code: JSONValue, id: JSONValue) throws {
        var dialogue = Self.dialogue()
        #expect(dialogue.receive(Array(Self.initialize("2025-11-25").utf8)).count == 2)
        let answer = try Self.sent(dialogue.receive(Array(text.utf8)))
        #expect(Self.code(answer) == code && answer["id"] == id)
    }

    @Test func whatIsNoRequestIsNeverAnswered() {
        var dialogue = Self.dialogue()
        for text in [
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","method":"nonsense","params":7}"#,
            #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":null}}"#,
        ] {
            #expect(dialogue.receive(Array(text.utf8)).isEmpty, "\(text)")
        }
        let cancelled = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"1"}}"#
        guard case .cancel(let id)? = dialogue.receive(Array(cancelled.utf8)).first else {
            Issue.record("not cancelled")
            return
        }
        #expect(id.value == "1" && id.value != 1)
    }

    @Test func onlyOneRevisionHasBatches() throws {
        let batch = "[\(Self.request("ping")),\(#"{"jsonrpc":"2.0","method":"x"}"#),7,\(Self.initialize("2025-11-25"))]"
        for revision in ProtocolRevision.all(withHandshake: true) {
            var dialogue = Self.dialogue()
            #expect(dialogue.receive(Array(Self.initialize(revision.rawValue).utf8)).count == 2)
            let steps = dialogue.receive(Array(batch.utf8))
            guard revision == .march2025 else {
                #expect(Self.code(try Self.sent(steps)) == -32600)
                continue
            }
            guard case .performAll(let requests)? = steps.first, requests.items.count == 3 else {
                Issue.record("\(steps)")
                return
            }
            guard case .request(let ping) = requests.items[0], case .failure(let none) = requests.items[1],
                case .failure(let handshake) = requests.items[2]
            else {
                Issue.record("\(requests)")
                return
            }
            #expect(ping.method == "ping" && none.id == nil && handshake.id?.value == "i")
            let many = "[" + Array(repeating: Self.request("ping"), count: 257).joined(separator: ",") + "]"
            #expect(Self.code(try Self.sent(dialogue.receive(Array(many.utf8)))) == -32600)
            #expect(Self.code(try Self.sent(dialogue.receive(Array("[]".utf8)))) == -32600)
        }
    }

    @Test func theLogOfACallIsTheOneNamedNearest() throws {
        func log(_ dialogue: inout Dialogue, _ arguments: String, _ envelope: String = "", named: String? = nil)
            -> String?
        {
            let params =
                #""name":"append_session_entry","arguments":{"code":"","output_heap":"h"\#(arguments)}\#(envelope)"#
            let text = Array(Self.request("tools/call", params).utf8)
            for step in dialogue.receive(text, sessionLog: named.map { Array($0.utf8) }) {
                guard case .perform(let call) = step, case .write(.session(let command), _, _) = call.work else {
                    continue
                }
                return String(decoding: command.session, as: UTF8.self)
            }
            return nil
        }
        let modern = "," + Self.envelope
        var chosen = Self.dialogue(sessionLog: "chosen")
        #expect(chosen.receive(Array(Self.initialize("2025-11-25").utf8)).count == 2)
        for envelope in ["", modern] {
            #expect(log(&chosen, #","session":"argument""#, envelope, named: "named") == "argument")
            #expect(log(&chosen, "", envelope, named: "named") == "named")
            #expect(log(&chosen, "", envelope) == "chosen")
        }
        var free = Self.dialogue()
        #expect(free.receive(Array(Self.initialize("2025-11-25").utf8)).count == 2)
        #expect(log(&free, "") == "own")
        #expect(log(&free, "", modern) == nil, "nothing is agreed on, so nothing is meant")
        var begun = Self.dialogue(sessionLog: "chosen")
        #expect(begun.receive(Array(Self.initialize("2025-11-25").utf8), sessionLog: Array("begun".utf8)).count == 2)
        #expect(log(&begun, "") == "begun")
    }

    @Test func aSubscriptionNamesAnything() throws {
        var dialogue = Self.dialogue()
        #expect(dialogue.receive(Array(Self.initialize("2025-11-25").utf8)).count == 2)
        for (method, isOn) in [("resources/subscribe", true), ("resources/unsubscribe", false)] {
            let steps = dialogue.receive(Array(Self.request(method, #""uri":"test://watched-resource""#).utf8))
            guard case .perform(let call)? = steps.first, case .subscribe(let uri, isOn) = call.work else {
                Issue.record("\(steps)")
                return
            }
            #expect(uri == Array("test://watched-resource".utf8))
        }
        let long = Self.request("resources/subscribe", #""uri":"\#(String(repeating: "a", count: 4097))""#)
        #expect(Self.code(try Self.sent(dialogue.receive(Array(long.utf8)))) == -32602)
    }

    // MARK: Feeds

    @Test func aFeedThatMissedSomethingSaysThatAnythingMayHaveChanged() throws {
        var world = ToolWorld()
        var feed = ChangeFeed(
            Subscription(resourcesListChanged: true, uris: []), of: nil, after: .endOf(revision: 0))
        feed.listen(to: ["heap:///h", "session:///s", "other:///x"])
        for heap in ["h", "other"] {
            #expect(try world.call("set_heap_tags", ["heap": .string(heap), "tags": ["k": "v"]]).contains("ok"))
        }
        guard case .messages(let told) = feed.next(world.state) else {
            Issue.record("missed")
            return
        }
        let texts = told.map { String(decoding: $0, as: UTF8.self) }
        #expect(texts.count == 2 && texts[0].contains("list_changed") && texts[1].contains(#""uri":"heap:///h""#))
        #expect(feed.result == nil && !feed.isBehind(world.state) && !texts.contains { $0.contains("_meta") })
        feed.listen(to: ["session:///s"])
        #expect(try world.call("set_heap_tags", ["heap": "h", "tags": ["k": "w"]]).contains("ok"))
        guard case .messages([]) = feed.next(world.state) else {
            Issue.record("told of what nobody listens to any more")
            return
        }
        let all = feed.skip(to: world.state).map { String(decoding: $0, as: UTF8.self) }
        #expect(all.count == 2 && all[0].contains("list_changed") && all[1].contains("session:///s"))
        #expect(!feed.isBehind(world.state))
    }
}
