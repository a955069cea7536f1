import Bytes
import HTTP
import Replica
import StateMachine
import Testing

@testable import Node

/// What `Idempotency-Key` says of a write.
@Suite struct IdempotencyKeyTests {
    private let endpoint = KeyValueEndpoint(maxValueSize: 64)

    private func key(
        _ line: String = "PUT /v1/kv/a", _ fields: [String] = ["Idempotency-Key: k"], body: [UInt8] = [1]
    ) throws -> IdempotencyKey? {
        guard case .write(_, let key) = try endpoint.call(try request(line, fields, body: body)).body else {
            return nil
        }
        return key
    }

    private func scope(_ line: String, _ fields: [String] = ["Idempotency-Key: k"]) throws -> String {
        String(decoding: try #require(try key(line, fields)).scope, as: UTF8.self)
    }

    @Test func aWriteWithoutItHasNone() throws {
        #expect(try key("PUT /v1/kv/a", []) == nil)
        #expect(try key("DELETE /v1/kv/a", [], body: []) == nil)
    }

    @Test func itIsForOneMethodAndPath() throws {
        #expect(try scope("PUT /v1/kv/a") == "PUT k /v1/kv/a")
        #expect(try scope("DELETE /v1/kv/a") == "DELETE k /v1/kv/a")
        #expect(try scope("PUT /v1/kv/b") == "PUT k /v1/kv/b")
    }

    @Test func aPathIsTheSameHoweverItIsSpelled() throws {
        #expect(try scope("PUT /v1/kv/a%2Fb%20c?x=y") == "PUT k /v1/kv/a/b c")
        #expect(try scope("PUT /v1/kv/a/b%20%63") == "PUT k /v1/kv/a/b c")
    }

    @Test(arguments: [
        ("k", "k"), ("\"k\"", "k"), ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ("!~", "!~"), ("\"\\\"", "\\"), (String(repeating: "a", count: 255), String(repeating: "a", count: 255)),
        ("\"\(String(repeating: "a", count: 255))\"", String(repeating: "a", count: 255)),
    ])
    func quotedAndBareAreTheSame(header: String, key: String) throws {
        #expect(try scope("PUT /v1/kv/a", ["idempotency-key: \(header)"]) == "PUT \(key) /v1/kv/a")
    }

    @Test(arguments: [
        "", "\"\"", "\"", "a b", "a\tb", "é", "\"a", "a\"", "a\"b", String(repeating: "a", count: 256),
        "\"\(String(repeating: "a", count: 256))\"",
    ])
    func whatIsNoKeyIsRefused(header: String) throws {
        for line in ["PUT /v1/kv/a", "DELETE /v1/kv/a"] {
            let response = try refusal { _ = try key(line, ["Idempotency-Key: \(header)"]) }
            #expect(response.status == .badRequest)
            #expect(try response.errorCode() == "invalid_idempotency_key")
        }
    }

    @Test func twoKeysAreRefused() throws {
        let response = try refusal { _ = try key("PUT /v1/kv/a", ["Idempotency-Key: k", "Idempotency-Key: k"]) }
        #expect(try response.errorCode() == "invalid_idempotency_key")
    }

    @Test func theFingerprintTellsBodiesAndConditionsApart() throws {
        let lists: [([String], [UInt8])] = [
            ([], []), ([], [1]), ([], [1, 0]), ([], [2]), (["If-Match: \"1\""], [1]), (["If-Match: \"2\""], [1]),
            (["If-Match: *"], [1]), (["If-None-Match: *"], [1]), (["If-Match: \"1\"", "If-Match: \"2\""], [1]),
        ]
        let fingerprints = try lists.map { fields, body in
            try #require(try key("PUT /v1/kv/a", ["Idempotency-Key: k"] + fields, body: body)).fingerprint
        }
        #expect(Set(fingerprints).count == lists.count)
    }

    /// Other nodes, and other versions of this program, must find the same.
    @Test func theFingerprintIsTheSameForEver() throws {
        #expect(FNV1a().value == 0xCBF2_9CE4_8422_2325)
        let key = try #require(try key("PUT /v1/kv/a", ["X-Other: 1", "Idempotency-Key: \"k\""], body: [0x61]))
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte: UInt64 in [0x61, 1, 0, 0, 0, 0, 0, 0, 0] { hash = (hash ^ byte) &* 0x100_0000_01B3 }
        #expect(key.fingerprint == hash)
    }
}
