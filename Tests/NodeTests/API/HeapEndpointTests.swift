import HTTP
import StateMachine
import Testing

@testable import Node

/// `/v1/heaps`, from the request to the answer.
@Suite struct HeapEndpointTests {
    @Test func tagsAreReplacedMergedAndTakenAway() throws {
        var world = ResourceWorld()
        #expect(try world.text("GET /v1/heaps/h/tags") == #"200 {"tags":{}}"#)
        #expect(try world.text("PUT /v1/heaps/h/tags", #"{"b":"2","a":""}"#) == #"200 {"tags":{"a":"","b":"2"}}"#)
        #expect(
            try world.text("PATCH /v1/heaps/h/tags", #"{"b":null,"é":"3","none":null}"#)
                == #"200 {"tags":{"a":"","é":"3"}}"#)
        #expect(try world.text("GET /v1/heaps/tags?name=h") == #"200 {"tags":{"a":"","é":"3"}}"#)
        #expect(try world.text("PUT /v1/heaps/h/tags", "{}") == #"200 {"tags":{}}"#)
        #expect(try world.text("DELETE /v1/heaps/h/tags") == #"200 {"revision":4,"deleted":false}"#)
        #expect(try world.ask("PUT /v1/heaps/h/tags", #"{"a":"1"}"#).status == .ok)
        #expect(try world.text("DELETE /v1/heaps/h/tags") == #"200 {"revision":6,"deleted":true}"#)
    }

    @Test func aQueryFindsTheHeapsThatHaveAllItsTags() throws {
        var world = ResourceWorld()
        for (heap, tags) in [("x", #"{"k":"v","l":"w"}"#), ("y", #"{"k":"v"}"#), ("z%2F1", #"{"k":"v=w"}"#)] {
            #expect(try world.ask("PUT /v1/heaps/\(heap)/tags", tags).status == .ok)
        }
        #expect(
            try world.text("GET /v1/heaps?tag=k=v") == """
                200 {"results":[{"heap":"x","tags":{"k":"v","l":"w"}},{"heap":"y","tags":{"k":"v"}}],"next":null}
                """)
        #expect(
            try world.text("GET /v1/heaps?tag=k=v&tag=l%3Dw&tag=k=v")
                == #"200 {"results":[{"heap":"x","tags":{"k":"v","l":"w"}}],"next":null}"#)
        #expect(
            try world.text("GET /v1/heaps?tag=k=v%3Dw")
                == #"200 {"results":[{"heap":"z/1","tags":{"k":"v=w"}}],"next":null}"#)
        #expect(try world.text("GET /v1/heaps?tag=k=none") == #"200 {"results":[],"next":null}"#)
        #expect(try world.text("GET /v1/heaps?limit=1&start_after=x").hasSuffix(#""next":"y"}"#))
    }

    @Test(arguments: [
        ("PUT /v1/heaps/h/tags", "[]", "invalid_body"), ("PUT /v1/heaps/h/tags", #"{"a":1}"#, "`a` is no text"),
        ("PUT /v1/heaps/h/tags", #"{"a":null}"#, "`a` is null"), ("PUT /v1/heaps/h/tags", #"{"":"v"}"#, "1 to 256"),
        ("PUT /v1/heaps/%00%FF/tags", "{}", "invalid_name"), ("GET /v1/heaps?tag=k", nil, "tag=key=value"),
        ("GET /v1/heaps?tag==v", nil, "1 to 256"), ("GET /v1/heaps?limit=1001", nil, "invalid_query"),
    ])
    func whatIsWrongIsNamedAndChangesNothing(line: String, body: String?, reason: String) throws {
        var world = ResourceWorld()
        let text = try world.text(line, body)
        #expect(text.hasPrefix("400 ") && text.contains(reason), "\(text)")
        #expect(world.state.lastApplied == 0)
    }

    @Test func moreTagsThanAHeapMayHaveAreRefused() throws {
        var world = ResourceWorld()
        let many = "{" + (0..<256).map { #""k\#($0)":"""# }.joined(separator: ",") + "}"
        #expect(try world.ask("PUT /v1/heaps/h/tags", many).status == .ok)
        let response = try world.ask("PATCH /v1/heaps/h/tags", #"{"one more":""}"#)
        #expect(response.status == .unprocessableContent)
        #expect(String(decoding: response.body, as: UTF8.self).contains("too_many_tags"))
        let tooMany = "{" + (0..<257).map { #""k\#($0)":"""# }.joined(separator: ",") + "}"
        #expect(try world.ask("PUT /v1/heaps/h/tags", tooMany).status == .badRequest)
    }

    @Test func otherMethodsAndPathsAreRefused() throws {
        var world = ResourceWorld()
        #expect(try world.ask("POST /v1/heaps/h/tags").values("Allow") == ["GET, HEAD, PUT, PATCH, DELETE"])
        #expect(try world.ask("POST /v1/heaps").values("Allow") == ["GET, HEAD"])
        #expect(try world.ask("GET /v1/heaps/h").status == .notFound)
        #expect(try world.ask("GET /v1/heaps/h/tags/k").status == .notFound)
    }
}
