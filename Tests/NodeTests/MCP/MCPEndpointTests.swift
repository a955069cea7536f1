import Bytes
import HTTP
import MCP
import Replica
import StateMachine
import Testing

@testable import Node

/// `/mcp`, as HTTP sees it.
@Suite struct MCPEndpointTests {
    private let endpoint = MCPEndpoint(version: "1.2.3", maxValueSize: 1000)

    private static let fields = [
        "Accept: application/json, text/event-stream", "Content-Type: application/json",
        "MCP-Protocol-Version: 2026-07-28",
    ]

    private func body(_ method: String, _ params: String = "", id: String = "7") -> String {
        let meta = """
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
            "io.modelcontextprotocol/clientCapabilities":{}}
            """
        return
            #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params.isEmpty ? "" : params + ",")\#(meta)}}"#
    }

    private func post(_ body: String, _ fields: [String] = MCPEndpointTests.fields, _ line: String = "POST /mcp") throws
        -> HTTPRequest
    { try request(line, fields, body: Array(body.utf8)) }

    private func refused(_ request: HTTPRequest) throws -> (HTTPResponse, JSONObject) {
        let response = try refusal { _ = try endpoint.call(request) }
        return (response, try #require(try response.json().object))
    }

    private func work(_ body: String, _ fields: [String]) throws -> (RPCRequest, Work) {
        guard case .request(let request, .july2026, let work) = try endpoint.call(post(body, fields)) else {
            throw NoRequest(text: body)
        }
        return (request, work)
    }

    @Test func aCallIsAQuestionToTheClusterAndItsAnswerAResult() throws {
        let call = body("tools/call", #""name":"list_sessions""#)
        let (request, work) = try work(call, Self.fields + ["Mcp-Method: tools/call", "Mcp-Name: list_sessions"])
        guard case .read(.session(.names), .linearizable) = work.question() else {
            Issue.record("\(work)")
            return
        }
        let answer = Answer.session(.names([Array("s".utf8)], next: nil))
        let response = MCPEndpoint.response(to: request.id, work.ending(answer), .july2026)
        let result = try #require(try response.json().object)
        #expect(response.status == .ok && result["id"] == 7)
        #expect(result["result"]?.object?["structuredContent"] == ["sessions": ["s"]])
        // A write whose outcome nobody knows is no error of the protocol: a model can do something about it.
        let append = body("tools/call", #""name":"append_session_entry","arguments":{"code":"","output_heap":"h"}"#)
        let (write, appended) = try self.work(
            append,
            Self.fields + [
                "Mcp-Method: tools/call", "Mcp-Name: append_session_entry", "X-MCP-Session-Id: =?base64?w6Q=?=",
            ])
        guard case .write(.session(let command), key: nil) = appended.question() else {
            Issue.record("\(appended)")
            return
        }
        #expect(command.session == Array("ä".utf8))
        let unknown = MCPEndpoint.response(to: write.id, appended.ending(.outcomeUnknown(reason: "r")), .july2026)
        #expect(unknown.status == .ok && unknown.text.contains(#""isError":true"#))
    }

    @Test(
        arguments: [
            (Answer.unavailable(reason: "no leader"), 503, "unavailable"),
            (.overloaded(reason: "r"), 503, "overloaded"),
            (.noSpace(reason: "r"), 507, "no_space"), (.quotaExceeded(reason: "r"), 507, "quota_exceeded"),
        ] as [(Answer, UInt16, String)])
    func whatTheClusterRefusesIsAnErrorWithTheRequestsID(answer: Answer, status: UInt16, code: String) throws {
        let call = body("tools/call", #""name":"list_sessions""#, id: #""a""#)
        let (request, work) = try work(call, Self.fields + ["Mcp-Method: tools/call", "Mcp-Name: list_sessions"])
        let response = MCPEndpoint.response(to: request.id, work.ending(answer), .july2026)
        let error = try #require(try response.json().object)
        #expect(response.status.code == status && error["id"] == "a")
        #expect(error["error"]?.object?["data"] == ["code": .string(code)])
    }

    @Test func aNotificationIsTakenAndLeadsToNothing() throws {
        let notification = #"{"jsonrpc":"2.0","method":"notifications/anything"}"#
        guard case .accepted = try endpoint.call(post(notification)) else {
            Issue.record("not accepted")
            return
        }
    }

    @Test(
        arguments: [
            ("{", 400, -32700), ("[]", 400, -32600), (#"{"jsonrpc":"2.0","id":1,"result":{}}"#, 400, -32600),
            (#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#, 400, -32602),
            (#"{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#, 400, -32602),
        ] as [(String, UInt16, Int64)])
    func whatIsNoRequestIsAnError(body: String, status: UInt16, code: Int64) throws {
        let (response, error) = try refused(try post(body, Self.fields + ["Mcp-Method: tools/list"]))
        #expect(response.status.code == status && error["error"]?.object?["code"] == .integer(code))
        #expect(error["id"] == (body.contains(#""id":7"#) ? 7 : .null))
    }

    @Test(arguments: [
        "initialize", "ping", "logging/setLevel", "resources/subscribe", "completion/complete", "tools/List",
    ])
    func aMethodThatTheRevisionDoesNotHaveIsNotFound(method: String) throws {
        let (response, error) = try refused(try post(body(method), Self.fields + ["Mcp-Method: \(method)"]))
        #expect(response.status == .notFound && error["id"] == 7 && error["error"]?.object?["code"] == -32601)
    }

    @Test func headersThatContradictTheBodyAreRefused() throws {
        let fields = [
            ["Mcp-Method: tools/call"], [], ["Mcp-Method: tools/list", "Mcp-Method: tools/list"],
        ]
        for other in fields {
            let (response, error) = try refused(try post(body("tools/list"), Self.fields + other))
            #expect(response.status == .badRequest && error["error"]?.object?["code"] == -32020, "\(other)")
        }
        #expect(throws: Never.self) {
            _ = try endpoint.call(post(body("tools/list"), Self.fields + ["mcp-method:   tools/list  "]))
        }
    }

    @Test(arguments: ["GET", "DELETE", "PUT"])
    func onlyPostsAreTaken(method: String) throws {
        let (response, _) = try refused(try post("", Self.fields, "\(method) /mcp"))
        #expect(response.status == .methodNotAllowed && response.values("Allow") == ["POST"])
    }

    @Test func aClientTakesBothFormsOfAnAnswer() throws {
        let rest = ["Content-Type: application/json", "MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/list"]
        for accept in [[], ["Accept: application/json"], ["Accept: text/event-stream"], ["Accept: text/html"]] {
            let (response, _) = try refused(try post(body("tools/list"), rest + accept))
            #expect(response.status == .notAcceptable, "\(accept)")
        }
        for accept in ["*/*", "application/*;q=0.5, text/*", "text/event-stream,application/json"] {
            #expect(throws: Never.self) {
                _ = try endpoint.call(post(body("tools/list"), rest + ["Accept: \(accept)"]))
            }
        }
        let plain = ["Accept: */*", "Content-Type: text/plain"]
        #expect(try refused(try post(body("tools/list"), plain)).0.status == .unsupportedMediaType)
    }

    @Test(arguments: ["X-MCP-Session-Id: =?base64?!?=", "X-MCP-Session-Id: "])
    func aSessionLogThatIsNoNameIsRefused(header: String) throws {
        let (response, error) = try refused(
            try post(body("tools/list"), Self.fields + ["Mcp-Method: tools/list", header]))
        #expect(response.status == .badRequest && error["error"]?.object?["code"] == -32020)
    }

    // MARK: Streams

    @Test func aStreamBeginsWithItsPromiseAndEndsWithAResult() throws {
        let world = try PortWorld()
        let listen = body(
            "subscriptions/listen",
            #""notifications":{"resourceSubscriptions":["heap:///h"],"resourcesListChanged":true}"#)
        let headers = [
            HTTPHeader("Accept", "application/json, text/event-stream"),
            HTTPHeader("Content-Type", "application/json"), HTTPHeader("MCP-Protocol-Version", "2026-07-28"),
            HTTPHeader("Mcp-Method", "subscriptions/listen"),
        ]
        let reply = world.get("/mcp", headers, .post, body: Array(listen.utf8))
        let text = { String(decoding: reply.body, as: UTF8.self) }
        world.when({ text().contains("acknowledged") }) {
            // Applied like anything that comes from the log.
            _ = world.state.perform(
                .heap(HeapCommand(Array("h".utf8), .replace([HeapTag(key: Array("k".utf8), value: [])]))))
            world.port?.applied()
        }
        world.when({ text().contains("resources/updated") }) {}
        // At its end the world has the server stop.
        try world.run()
        #expect(reply.isWhole)
        let frames = text().split(separator: "\n\n").map(String.init)
        #expect(frames[0].contains("notifications/subscriptions/acknowledged"))
        #expect(text().contains(#""uri":"heap:///h""#) && text().contains("resources/list_changed"))
        #expect(text().contains("retry: ") && frames.last?.contains(#""resultType":"complete""#) == true)
        #expect(!text().contains("\nid:"))
    }
}
