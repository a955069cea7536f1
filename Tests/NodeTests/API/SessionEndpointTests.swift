import HTTP
import StateMachine
import Testing

@testable import Node

/// `/v1/sessions`, from the request to the answer.
@Suite struct SessionEndpointTests {
    private let entry = #"{"output_heap":"h0","code":"1+1"}"#

    @Test func anEntryComesBackAsItWasGiven() throws {
        var world = ResourceWorld()
        let full = #"{"input_heap":"h0","output_heap":"h1","output_fs":"f\u0000","code":"é\n","expected_head":"h0"}"#
        #expect(try world.text("POST /v1/sessions/s/entries", entry) == #"201 {"index":0,"revision":1}"#)
        #expect(try world.text("POST /v1/sessions/s/entries", full) == #"201 {"index":1,"revision":2}"#)
        #expect(
            try world.text("GET /v1/sessions/s/entries") == """
                200 {"entries":[{"index":0,"input_heap":null,"output_heap":"h0","output_fs":null,"code":"1+1",\
                "timestamp":"2023-11-14T22:13:20.123Z"},{"index":1,"input_heap":"h0","output_heap":"h1",\
                "output_fs":"f\\u0000","code":"é\\n","timestamp":"2023-11-14T22:13:20.123Z"}],"next":null}
                """)
        #expect(
            try world.text("GET /v1/sessions/s/entries/latest?fields=index,%20output_heap")
                == #"200 {"index":1,"output_heap":"h1"}"#)
    }

    @Test func namesAreOpaqueAndMayBeGivenInTheQuery() throws {
        var world = ResourceWorld()
        for line in [
            "POST /v1/sessions/a/entries", "POST /v1/sessions/a%3Ab/entries", "POST /v1/sessions/a%2Fb/entries",
            "POST /v1/sessions/entries?name=x/../y", "POST /v1/sessions/entries/entries",
            "POST /v1/sessions/a:b/entries",
        ] {
            #expect(try world.ask(line, entry).status == .created)
        }
        #expect(
            try world.text("GET /v1/sessions")
                == #"200 {"sessions":["a","a/b","a:b","entries","x/../y"],"next":null}"#)
        #expect(try world.text("GET /v1/sessions/entries/latest?name=a&fields=index") == #"200 {"index":0}"#)
        #expect(try world.text("GET /v1/sessions/entries/latest?name=a:b&fields=index") == #"200 {"index":1}"#)
        #expect(try world.text("DELETE /v1/sessions?name=x/../y") == #"200 {"revision":7,"deleted":true}"#)
        #expect(try world.text("DELETE /v1/sessions/entries") == #"200 {"revision":8,"deleted":true}"#)
        #expect(try world.text("DELETE /v1/sessions/entries") == #"200 {"revision":9,"deleted":false}"#)
    }

    @Test func listsArePaged() throws {
        var world = ResourceWorld()
        for number in 0..<5 { #expect(try world.ask("POST /v1/sessions/s\(number)/entries", entry).status == .created) }
        #expect(try world.text("GET /v1/sessions?limit=3") == #"200 {"sessions":["s0","s1","s2"],"next":"s2"}"#)
        #expect(
            try world.text("GET /v1/sessions?limit=3&start_after=s2") == #"200 {"sessions":["s3","s4"],"next":null}"#)
        for _ in 0..<4 { #expect(try world.ask("POST /v1/sessions/s0/entries", entry).status == .created) }
        #expect(
            try world.text("GET /v1/sessions/s0/entries?limit=2&start_after=1&fields=index")
                == #"200 {"entries":[{"index":2},{"index":3}],"next":3}"#)
        #expect(
            try world.text("GET /v1/sessions/s0/entries?start_after=3&fields=index")
                == #"200 {"entries":[{"index":4}],"next":null}"#)
    }

    @Test func anUnknownSessionHasNoEntries() throws {
        var world = ResourceWorld()
        #expect(try world.text("GET /v1/sessions/none/entries") == #"200 {"entries":[],"next":null}"#)
        #expect(try world.ask("GET /v1/sessions/none/entries/latest").status == .notFound)
        #expect(try world.text("POST /v1/sessions/none/fork", #"{"to":"t"}"#) == #"200 {"outcome":"source_empty"}"#)
        #expect(
            try world.text("DELETE /v1/sessions/none/entries?before=3") == #"200 {"revision":2,"removed":0}"#)
    }

    @Test func forkTrimAndTheHead() throws {
        var world = ResourceWorld()
        let ifEmpty = #"{"output_heap":"h9","code":"","expected_head":null}"#
        let ifOther = #"{"output_heap":"h9","code":"","expected_head":"h7"}"#
        #expect(try world.text("POST /v1/sessions/s/entries", ifEmpty) == #"201 {"index":0,"revision":1}"#)
        for body in [ifEmpty, ifOther] {
            let response = try world.ask("POST /v1/sessions/s/entries", body)
            let text = String(decoding: response.body, as: UTF8.self)
            #expect(response.status == .preconditionFailed)
            #expect(text.contains(#""code":"head_mismatch","head":"h9"}"#), "\(text)")
        }
        #expect(
            try world.text("POST /v1/sessions/none/entries", ifOther).hasSuffix(
                #""code":"head_mismatch","head":null}"#))
        #expect(try world.text("POST /v1/sessions/s/fork", #"{"to":"t"}"#) == #"200 {"outcome":"forked"}"#)
        #expect(try world.text("POST /v1/sessions/s/fork", #"{"to":"t"}"#) == #"200 {"outcome":"target_exists"}"#)
        #expect(
            try world.text("DELETE /v1/sessions/t/entries?before=9") == #"200 {"revision":7,"removed":1}"#)
        #expect(try world.ask("GET /v1/sessions/t/entries/latest").status == .notFound)
        #expect(try world.text("POST /v1/sessions/t/entries", entry) == #"201 {"index":1,"revision":8}"#)
    }

    @Test func aRetryUnderItsKeyAppendsOnce() throws {
        var world = ResourceWorld()
        let key = ["Idempotency-Key: k"]
        #expect(try world.text("POST /v1/sessions/s/entries", entry, key) == #"201 {"index":0,"revision":1}"#)
        #expect(try world.text("POST /v1/sessions/entries?name=s", entry, key) == #"201 {"index":0,"revision":1}"#)
        let other = #"{"output_heap":"h1","code":"1+1"}"#
        #expect(try world.ask("POST /v1/sessions/s/entries", other, key).status == .unprocessableContent)
        #expect(try world.text("POST /v1/sessions/t/entries", entry, key) == #"201 {"index":0,"revision":4}"#)
        #expect(
            try world.text("DELETE /v1/sessions/s/entries?before=1", nil, key) == #"200 {"revision":5,"removed":1}"#)
        #expect(
            try world.text("DELETE /v1/sessions/s/entries?before=2", nil, key) == #"200 {"revision":6,"removed":0}"#)
    }

    @Test(arguments: [
        ("POST /v1/sessions/s/entries", "{", "invalid_json"), ("POST /v1/sessions/s/entries", "[]", "invalid_body"),
        ("POST /v1/sessions/s/entries", #"{"code":""}"#, "`output_heap` is missing"),
        ("POST /v1/sessions/s/entries", #"{"output_heap":"h"}"#, "`code` is missing"),
        ("POST /v1/sessions/s/entries", #"{"output_heap":"","code":""}"#, "`output_heap` is empty"),
        ("POST /v1/sessions/s/entries", #"{"output_heap":7,"code":""}"#, "`output_heap` is no text"),
        ("POST /v1/sessions/s/entries", #"{"output_heap":"h","code":"","index":0}"#, "`index` is not known"),
        ("POST /v1/sessions/s/fork", "{}", "`to` is missing"),
        ("POST /v1/sessions/%FF/entries", #"{"output_heap":"h","code":""}"#, "invalid_name"),
        ("POST /v1/sessions/%4/entries", #"{"output_heap":"h","code":""}"#, "invalid_name"),
        ("POST /v1/sessions//entries", #"{"output_heap":"h","code":""}"#, "invalid_name"),
        ("DELETE /v1/sessions/s/entries", nil, "before=INDEX"), ("GET /v1/sessions?limit=0", nil, "invalid_query"),
        ("DELETE /v1/sessions/s/entries?before=x", nil, "before is a whole number"),
        ("GET /v1/sessions/s/entries?fields=index,color", nil, "`color`"),
        ("GET /v1/sessions/s/entries?start_after=-1", nil, "start_after is a whole number"),
        ("GET /v1/sessions?consistency=maybe", nil, "invalid_query"),
    ])
    func whatIsWrongIsNamedAndChangesNothing(line: String, body: String?, reason: String) throws {
        var world = ResourceWorld()
        let text = try world.text(line, body)
        #expect(text.hasPrefix("400 ") && text.contains(reason), "\(text)")
        #expect(world.state.lastApplied == 0)
    }

    @Test func anEntryAsLongAsAllowedIsTakenAndALongerOneIsNot() throws {
        var world = ResourceWorld()
        func body(_ count: Int) -> String { #"{"output_heap":"h","code":"\#(String(repeating: "c", count: count))"}"# }
        #expect(try world.ask("POST /v1/sessions/s/entries", body(4095)).status == .created)
        #expect(try world.ask("POST /v1/sessions/s/entries", body(4096)).status == .contentTooLarge)
    }

    @Test(arguments: [
        ("PUT /v1/sessions", "GET, HEAD"), ("PUT /v1/sessions/s/entries", "GET, HEAD, POST, DELETE"),
        ("POST /v1/sessions/s/entries/latest", "GET, HEAD"), ("GET /v1/sessions/s/fork", "POST"),
        ("GET /v1/sessions/s", "DELETE"),
    ])
    func otherMethodsAreRefused(line: String, allowed: String) throws {
        var world = ResourceWorld()
        let response = try world.ask(line)
        #expect(response.status == .methodNotAllowed && response.values("Allow") == [allowed])
    }

    @Test(arguments: ["/v1/sessions/s/other", "/v1/sessions/s/entries/7", "/v1/sessions/s/entries/"])
    func otherPathsAreNotThere(path: String) throws {
        var world = ResourceWorld()
        #expect(try world.ask("GET \(path)").status == .notFound)
    }
}
