import Bytes
import Testing

@testable import MCP

/// Messages and envelopes.
@Suite struct ProtocolTests {
    private func message(_ text: String) throws -> RPCMessage { try RPCMessage(try JSONParser.parse(Array(text.utf8))) }

    @Test(arguments: [#""1""#, "1", "-7", "18446744073709551615", #""""#])
    func anIDIsAnsweredAsItWasSent(id: String) throws {
        guard case .request(let request) = try message(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#) else {
            Issue.record("no request")
            return
        }
        let answer = RPCText.response(request.id, result: Array("{}".utf8))
        #expect(String(decoding: answer, as: UTF8.self) == #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#)
    }

    @Test func whatHasNoIDIsANotification() throws {
        guard case .notification("ping", let params) = try message(#"{"jsonrpc":"2.0","method":"ping"}"#) else {
            Issue.record("no notification")
            return
        }
        #expect(params.members.isEmpty)
        for text in [#"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":{}}"#] {
            guard case .response = try message(text) else {
                Issue.record("no response: \(text)")
                return
            }
        }
    }

    @Test(
        arguments: [
            ("[]", nil), (#"{"jsonrpc":"1.0","id":7,"method":"m"}"#, 7), (#"{"jsonrpc":"2.0","id":7}"#, 7),
            (#"{"jsonrpc":"2.0","id":7,"method":1}"#, 7), (#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, nil),
            (#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, nil), (#"{"jsonrpc":"2.0","id":true,"method":"m"}"#, nil),
            (#"{"jsonrpc":"2.0","id":7,"method":"m","params":[]}"#, 7),
        ] as [(String, Int64?)])
    func whatIsNoMessageIsRefusedWithItsIDIfItHasOne(text: String, id: Int64?) throws {
        let failure = #expect(throws: RPCFailure.self) { try message(text) }
        #expect(failure?.error.code == -32600 && failure?.id == id.flatMap { RPCID(.integer($0)) })
    }

    @Test func anErrorWithoutAnIDSaysNull() {
        let text = RPCText.failure(nil, RPCError(-1, "é", data: ["a": 1]))
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"é","data":{"a":1}}}"#)
    }

    @Test func aHandshakeAgreesOnWhatBothSpeak() {
        for revision in ProtocolRevision.allCases where revision.hasHandshake {
            #expect(ProtocolRevision.negotiated(revision.rawValue) == revision)
        }
        for other in ["2026-07-28", "1999-01-01", ""] {
            #expect(ProtocolRevision.negotiated(other) == .november2025)
        }
    }

    // MARK: Envelopes

    private static let version = "io.modelcontextprotocol/protocolVersion"
    private static let capabilities = "io.modelcontextprotocol/clientCapabilities"

    private func request(_ method: String = "tools/call", _ params: JSONValue) throws -> RPCRequest {
        RPCRequest(id: try #require(RPCID(1)), method: method, params: try #require(params.object))
    }

    private func meta(_ version: JSONValue = "2026-07-28") -> JSONValue {
        .object(
            JSONObject([
                .init(key: Self.version, value: version), .init(key: Self.capabilities, value: [:]),
            ]))
    }

    private func code(_ request: RPCRequest, _ headers: [String: [String]]? = nil) -> Int64? {
        do throws(RPCError) {
            let envelope = try Envelope(request, headers: headers.map { headers in { headers[$0] ?? [] } })
            #expect(envelope.revision == .july2026)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func whatAnEnvelopeMustHave() throws {
        #expect(code(try request("m", ["_meta": meta()])) == nil)
        #expect(code(try request("m", [:])) == -32602)
        #expect(code(try request("m", ["_meta": []])) == -32602)
        #expect(code(try request("m", ["_meta": ["io.modelcontextprotocol/protocolVersion": "2026-07-28"]])) == -32602)
        #expect(code(try request("m", ["_meta": ["io.modelcontextprotocol/clientCapabilities": [:]]])) == -32602)
        #expect(code(try request("m", ["_meta": meta(7)])) == -32602)
        for version in ["2025-11-25", "v9", ""] {
            #expect(code(try request("m", ["_meta": meta(.string(version))])) == -32022)
        }
    }

    @Test func headersSayWhatTheBodySays() throws {
        let call = try request("tools/call", ["name": "t", "_meta": meta()])
        let right = ["mcp-protocol-version": ["2026-07-28"], "mcp-method": ["tools/call"], "mcp-name": ["t"]]
        #expect(code(call, right) == nil)
        for name in right.keys {
            for wrong in [[], ["x"], [right[name]?[0] ?? "", right[name]?[0] ?? ""]] {
                var headers = right
                headers[name] = wrong
                #expect(code(call, headers) == -32020, "\(name): \(wrong)")
            }
        }
        // Who contradicts himself is told so before anything else.
        var unknown = right
        unknown["mcp-protocol-version"] = ["v9"]
        #expect(code(call, unknown) == -32020)
        #expect(code(try request("tools/call", ["name": "t", "_meta": meta("v9")]), unknown) == -32022)
        var read = right
        read["mcp-method"] = ["resources/read"]
        read["mcp-name"] = ["=?base64?5pel5pys?="]
        #expect(code(try request("resources/read", ["uri": "日本", "_meta": meta()]), read) == nil)
        read["mcp-name"] = ["=?base64?5pel5pys=?="]
        #expect(code(try request("resources/read", ["uri": "日本", "_meta": meta()]), read) == -32020)
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("=?base64?IHBhZGRlZCA=?=", " padded "),
            ("=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=", "=?base64?literal?="),
            ("=?base64?/w==?=", nil), ("=?base64?YR==?=", nil), ("=?base64?!?=", nil), ("=?base64?", "=?base64?"),
        ] as [(String, String?)])
    func textOfHeaders(value: String, expected: String?) {
        #expect(HeaderText.decoded(value) == expected)
    }
}
