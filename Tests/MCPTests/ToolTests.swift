import Bytes
import StateMachine
import Testing

@testable import MCP

/// The tools, as a model meets them.
@Suite struct ToolTests {
    private let entry: JSONValue = ["session": "s", "code": "1+1", "output_heap": "h0"]

    @Test func aSessionIsAppendedToReadAndForked() throws {
        var world = ToolWorld()
        #expect(try world.call("list_sessions") == #"{"sessions":[]}"#)
        #expect(try world.call("append_session_entry", entry) == #"{"index":0,"revision":1}"#)
        #expect(try world.call("append_session_entry", entry) == #"{"index":1,"revision":2}"#)
        #expect(
            try world.call("list_session_snapshots", ["session": "s", "limit": 1]) == """
                {"entries":[{"index":0,"input_heap":null,"output_heap":"h0","output_fs":null,"code":"1+1",\
                "timestamp":"2023-11-14T22:13:20.000Z"}],"next_cursor":"0"}
                """)
        #expect(
            try world.call("list_session_snapshots", ["session": "s", "cursor": "0", "fields": "index"])
                == #"{"entries":[{"index":1}]}"#)
        #expect(try world.call("fork_session", ["from": "s", "to": "t"]) == #"{"outcome":"forked"}"#)
        #expect(try world.call("fork_session", ["from": "s", "to": "t"]) == #"{"outcome":"target_exists"}"#)
        #expect(try world.call("fork_session", ["from": "none", "to": "u"]) == #"{"outcome":"source_empty"}"#)
        let first = try world.call("list_sessions", ["limit": 1])
        let cursor = try #require(try JSONParser.parse(Array(first.utf8)).object?["next_cursor"])
        #expect(try world.call("list_sessions", ["cursor": cursor]) == #"{"sessions":["t"]}"#)
    }

    @Test func tagsAreSetMergedQueriedAndDeleted() throws {
        var world = ToolWorld()
        #expect(try world.call("get_heap_tags", ["heap": "h"]) == #"{"tags":{}}"#)
        #expect(try world.call("set_heap_tags", ["heap": "h", "tags": ["a": "1", "b": "2"]]) == #"{"ok":true}"#)
        #expect(
            try world.call("merge_heap_tags", ["heap": "h", "tags": ["a": nil, "é": "3"]])
                == #"{"tags":{"b":"2","é":"3"}}"#)
        #expect(
            try world.call("query_heaps_by_tags", ["tags": ["b": "2"]])
                == #"{"results":[{"heap":"h","tags":{"b":"2","é":"3"}}]}"#)
        #expect(try world.call("query_heaps_by_tags", ["tags": ["b": "1"]]) == #"{"results":[]}"#)
        #expect(try world.call("delete_heap_tags", ["heap": "h", "keys": "é, none"]) == #"{"ok":true}"#)
        #expect(try world.call("get_heap_tags", ["heap": "h"]) == #"{"tags":{"b":"2"}}"#)
        #expect(try world.call("delete_heap_tags", ["heap": "h"]) == #"{"ok":true}"#)
        #expect(try world.call("get_heap_tags", ["heap": "h"]) == #"{"tags":{}}"#)
    }

    @Test func theSessionOfACallIsTheOneItNamesElseThatOfItsContext() throws {
        var world = ToolWorld()
        let unnamed: JSONValue = ["code": "", "output_heap": "h"]
        #expect(try world.call("append_session_entry", unnamed).contains("X-MCP-Session-Id"))
        world.sessionLog = "mine"
        #expect(try world.call("append_session_entry", unnamed) == #"{"index":0,"revision":1}"#)
        #expect(try world.call("append_session_entry", entry) == #"{"index":0,"revision":2}"#)
        #expect(try world.call("list_sessions") == #"{"sessions":["mine","s"]}"#)
    }

    @Test func aRepeatedCallUnderItsKeyHappensOnceHoweverItIsSpelled() throws {
        var world = ToolWorld()
        let keyed: JSONValue = ["session": "s", "code": "1", "output_heap": "h", "idempotency_key": "k"]
        let spelled: JSONValue = [
            "idempotency_key": "k", "output_heap": "h", "input_heap": nil, "code": "1", "session": "s",
        ]
        #expect(try world.call("append_session_entry", keyed) == #"{"index":0,"revision":1}"#)
        #expect(try world.call("append_session_entry", spelled) == #"{"index":0,"revision":1}"#)
        let other: JSONValue = ["session": "s", "code": "2", "output_heap": "h", "idempotency_key": "k"]
        #expect(try world.call("append_session_entry", other).contains("another call"))
        let elsewhere: JSONValue = ["session": "t", "code": "1", "output_heap": "h", "idempotency_key": "k"]
        #expect(try world.call("append_session_entry", elsewhere) == #"{"index":0,"revision":4}"#)
    }

    @Test func failuresSayWhatToDoNext() throws {
        var world = ToolWorld()
        let stale: JSONValue = ["session": "s", "code": "", "output_heap": "h", "expected_head": "old"]
        #expect(try world.call("append_session_entry", stale).contains("the session is empty"))
        #expect(try world.call("append_session_entry", entry).contains(#""index":0"#))
        let text = try world.call("append_session_entry", stale)
        #expect(text.contains("`h0`") && text.contains("list_session_snapshots"), "\(text)")
        world.writeAnswer = .unknown(reason: "the leader is gone")
        let unknown = try world.call("append_session_entry", entry)
        #expect(unknown.hasPrefix("error: It is not known") && unknown.contains("same idempotency_key"), "\(unknown)")
        for outcome in [Outcome.keyReused, .retryTableFull, .superseded, .heap(.tooMany)] {
            world.writeAnswer = .outcome(outcome)
            #expect(try world.call("merge_heap_tags", ["heap": "h", "tags": [:]]).hasPrefix("error: "))
        }
    }

    @Test(
        arguments: [
            ("append_session_entry", ["session": "s", "code": "1"], "`output_heap` is missing"),
            ("append_session_entry", ["session": "s", "output_heap": "h"], "`code` is missing"),
            ("append_session_entry", ["session": "", "code": "1", "output_heap": "h"], "`session` is empty"),
            ("append_session_entry", ["sesion": "s", "code": "1", "output_heap": "h"], "`sesion` is not known"),
            ("append_session_entry", ["session": "s", "code": 1, "output_heap": "h"], "`code` is no text"),
            (
                "append_session_entry", ["session": "s", "code": "1", "output_heap": "h", "idempotency_key": ""],
                "`idempotency_key` has 1 to 255"
            ),
            ("list_sessions", ["limit": 0], "`limit`"), ("list_sessions", ["limit": "7"], "`limit`"),
            ("list_sessions", ["cursor": "?"], "`cursor`"),
            ("list_sessions", ["idempotency_key": "k"], "`idempotency_key`"),
            ("list_session_snapshots", ["session": "s", "cursor": "x"], "`cursor`"),
            ("list_session_snapshots", ["session": "s", "fields": "color"], "`color`"),
            ("set_heap_tags", ["heap": "h"], "`tags` is missing"),
            ("set_heap_tags", ["heap": "h", "tags": []], "`tags`"),
            ("set_heap_tags", ["heap": "h", "tags": ["a": nil]], "`a` is null"),
            ("merge_heap_tags", ["heap": "h", "tags": ["a": 1]], "`a` is no text"),
            ("delete_heap_tags", ["heap": "h", "keys": ","], "`keys`"),
            ("fork_session", ["from": "s"], "`to` is missing"),
        ] as [(String, JSONValue, String)])
    func aBadArgumentIsNamedAndNothingIsDone(tool: String, arguments: JSONValue, reason: String) throws {
        var world = ToolWorld()
        let text = try world.call(tool, arguments)
        #expect(text.hasPrefix("error: Nothing was done") && text.contains(reason), "\(text)")
        #expect(world.state.lastApplied == 0)
    }

    @Test func anEntryThatIsTooLongIsRefused() throws {
        var world = ToolWorld()
        let code = String(repeating: "c", count: 1000)
        let text = try world.call("append_session_entry", ["session": "s", "code": .string(code), "output_heap": "h"])
        #expect(text.contains("--max-value-size"))
    }

    @Test func callsOfNoToolAreErrorsOfTheProtocol() throws {
        var world = ToolWorld()
        #expect(try world.error("tools/call", ["name": "nope"])?.code == -32602)
        #expect(try world.error("tools/call", [:])?.code == -32602)
        #expect(try world.error("tools/call", ["name": "list_sessions", "arguments": []])?.code == -32602)
        #expect(try world.error("tools/list", ["cursor": "x"])?.code == -32602)
        #expect(try world.error("prompts/get")?.code == -32602)
    }

    @Test(arguments: ProtocolRevision.allCases)
    func everyToolIsDescribedAsTheRevisionHasIt(revision: ProtocolRevision) throws {
        var world = ToolWorld()
        world.revision = revision
        let tools = try #require(try world.ask("tools/list")["tools"]?.array).compactMap(\.object)
        #expect(tools.compactMap { $0["name"]?.string } == Tool.allCases.map(\.rawValue))
        for tool in tools {
            let schema = try #require(tool["inputSchema"]?.object)
            let properties = try #require(schema["properties"]?.object)
            #expect(schema["type"] == "object" && tool["description"]?.string?.isEmpty == false)
            let required = schema["required"]?.array ?? []
            #expect(required.allSatisfy { properties[$0.string ?? ""] != nil })
            #expect((tool["annotations"] != nil) == (revision >= .march2025))
            #expect((tool["outputSchema"] != nil) == (revision >= .june2025))
        }
        // What is structured came with the schemas for it.
        let result = try world.ask("tools/call", ["name": "list_sessions"])
        #expect((result["structuredContent"] != nil) == (revision >= .june2025))
        #expect((result["resultType"] != nil) == (revision == .july2026))
    }

    @Test func whatEveryResultOfTheNewestRevisionMustHave() throws {
        var world = ToolWorld()
        for method in ["tools/list", "prompts/list", "resources/list", "resources/templates/list", "server/discover"] {
            let result = try world.ask(method)
            #expect(result["resultType"] == "complete" && result["cacheScope"] == "private", "\(method)")
            #expect(result["ttlMs"]?.uint64 != nil, "\(method)")
            let server = result["_meta"]?.object?["io.modelcontextprotocol/serverInfo"]?.object
            #expect(server?["name"] == "raftd" && server?["version"] == "9.9", "\(method)")
        }
        let result = try world.ask("tools/call", ["name": "list_sessions"])
        #expect(result["resultType"] == "complete" && result["ttlMs"] == nil)
    }
}
