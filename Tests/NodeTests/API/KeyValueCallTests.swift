import HTTP
import Replica
import StateMachine
import Testing

@testable import Node

/// What a request under `/v1/kv` asks of the replica.
@Suite struct KeyValueCallTests {
    private let endpoint = KeyValueEndpoint(maxValueSize: 8)

    /// Key, consistency and rendering of a GET.
    private func read(_ target: String, _ fields: [String] = []) throws -> (key: [UInt8], consistency: Consistency) {
        let call = try endpoint.call(try request("GET \(target)", fields))
        guard case .read(.get(let key), let consistency) = call.body, case .get(let rendered, _) = call.rendering,
            rendered == key
        else { throw WrongCall(target: target) }
        return (key, consistency)
    }

    private func refused(_ line: String, _ fields: [String] = [], body: [UInt8] = []) throws -> HTTPResponse {
        let request = try request(line, fields, body: body)
        return try refusal { _ = try endpoint.call(request) }
    }

    private struct WrongCall: Error {
        let target: String
    }

    private struct Listing {
        let prefix: [UInt8]
        let startAfter: [UInt8]?
        let limit: Int
        let maxBytes: Int
        let consistency: Consistency
    }

    private func list(_ target: String, method: String = "GET") throws -> Listing {
        let call = try endpoint.call(try request("\(method) \(target)"))
        guard case .read(.list(let prefix, let startAfter, let limit, let maxBytes), let consistency) = call.body,
            case .list = call.rendering
        else { throw WrongCall(target: target) }
        return Listing(
            prefix: prefix, startAfter: startAfter, limit: limit, maxBytes: maxBytes, consistency: consistency)
    }

    // MARK: Paths and methods

    @Test(arguments: [
        ("/v1/kv", true), ("/v1/kv/", true), ("/v1/kv/a", true), ("/v1/kv/a/b", true), ("/v1/kvx", false),
        ("/v1/k", false), ("/v1", false), ("/V1/kv", false), ("/v1//kv", false), ("/x/v1/kv", false),
    ])
    func onlyItsPathsAreHandled(path: String, isHandled: Bool) {
        #expect(KeyValueEndpoint.handles(Array(path.utf8)[...]) == isHandled)
    }

    @Test(arguments: ["POST", "PATCH", "OPTIONS", "TRACE", "get", "BREW"])
    func aMethodThatAKeyHasNotIsRefused(method: String) throws {
        let response = try refused("\(method) /v1/kv/a")
        #expect(response.status == .methodNotAllowed)
        #expect(response.values("Allow") == ["GET, HEAD, PUT, DELETE"])
        #expect(try response.errorCode() == "method_not_allowed")
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    func aListIsOnlyRead(method: String) throws {
        let response = try refused("\(method) /v1/kv")
        #expect(response.status == .methodNotAllowed)
        #expect(response.values("Allow") == ["GET, HEAD"])
    }

    @Test func headAsksAsGetDoes() throws {
        guard case .read(.get(let key), .linearizable) = try endpoint.call(try request("HEAD /v1/kv/a")).body else {
            Issue.record("HEAD is no read of a key")
            return
        }
        #expect(key == Array("a".utf8))
        #expect(try list("/v1/kv?limit=7", method: "HEAD").limit == 7)
    }

    // MARK: Keys

    @Test(arguments: [
        ("a", "a"), ("a%2Fb", "a/b"), ("a%2fb", "a/b"), ("a/b", "a/b"), ("/", "/"), ("a/", "a/"), ("a//b", "a//b"),
        ("a+b", "a+b"), ("a%20b", "a b"), ("%25", "%"), ("%2541", "%41"), ("../a", "../a"), (".", "."),
        ("%E2%82%AC", "€"), ("%F0%9F%98%80", "😀"), ("a%3Fb", "a?b"), ("a?b", "a"), ("a&b=c", "a&b=c"), ("%01", "\u{1}"),
    ])
    func aKeyIsAllThatFollowsDecodedOnce(path: String, key: String) throws {
        #expect(try read("/v1/kv/\(path)").key == Array(key.utf8))
        let put = try endpoint.call(try request("PUT /v1/kv/\(path)", body: [1])).body
        let delete = try endpoint.call(try request("DELETE /v1/kv/\(path)")).body
        guard case .write(let put, nil) = put, case .write(let delete, nil) = delete else {
            throw WrongCall(target: path)
        }
        #expect(put == .put(key: Array(key.utf8), value: [1], condition: .none))
        #expect(delete == .delete(key: Array(key.utf8), condition: .none))
    }

    @Test func keysHaveAtMost1024BytesOnceDecoded() throws {
        #expect(try read("/v1/kv/\(String(repeating: "a", count: 1024))").key.count == 1024)
        #expect(try read("/v1/kv/\(String(repeating: "%61", count: 1024))").key.count == 1024)
        for unit in ["a", "%61"] {
            let response = try refused("GET /v1/kv/\(String(repeating: unit, count: 1025))")
            #expect(response.status == .badRequest)
            #expect(try response.errorCode() == "invalid_key")
        }
    }

    /// Empty; a zero byte; no UTF-8: a lone byte, an overlong form, a surrogate, above U+10FFFF, cut short; bad percent signs.
    @Test(
        arguments: [
            "", "%00", "a%00b", "%FF", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "a%E2%82", "%", "a%4", "%zz", "%%41",
        ], ["GET", "HEAD", "PUT", "DELETE"])
    func whatIsNoKeyIsRefused(path: String, method: String) throws {
        let response = try refused("\(method) /v1/kv/\(path)")
        #expect(response.status == .badRequest)
        #expect(try response.errorCode() == "invalid_key")
    }

    // MARK: Queries

    @Test(arguments: [
        ("", Consistency.linearizable), ("?", .linearizable), ("?consistency=linearizable", .linearizable),
        ("?consistency=stale", .stale), ("?other=1&consistency=%73tale", .stale),
    ])
    func readsAreLinearizableUnlessStaleIsAskedFor(query: String, consistency: Consistency) throws {
        #expect(try read("/v1/kv/a\(query)").consistency == consistency)
        #expect(try list("/v1/kv\(query)").consistency == consistency)
    }

    @Test(arguments: [
        "consistency=", "consistency=Stale", "consistency=stale%20", "consistency", "x=%", "x=%4", "%zz=1",
    ])
    func aQueryThatSaysNothingSensibleIsRefused(query: String) throws {
        for path in ["/v1/kv", "/v1/kv/a"] {
            let response = try refused("GET \(path)?\(query)")
            #expect(response.status == .badRequest)
            #expect(try response.errorCode() == "invalid_query")
        }
    }

    @Test func aListHasItsDefaults() throws {
        let listing = try list("/v1/kv")
        #expect(listing.prefix == [])
        #expect(listing.startAfter == nil)
        #expect(listing.limit == 100)
        #expect(listing.maxBytes == 4 << 20)
    }

    @Test func aListTakesPrefixAndStartDecoded() throws {
        let listing = try list("/v1/kv?prefix=a%2Fb%26+c&start_after=a/%E2%82%AC&limit=3")
        #expect(listing.prefix == Array("a/b& c".utf8))
        #expect(listing.startAfter == Array("a/€".utf8))
        #expect(listing.limit == 3)
    }

    @Test(arguments: [1, 2, 999, 1000]) func limitsAreTaken(limit: Int) throws {
        #expect(try list("/v1/kv?limit=\(limit)").limit == limit)
    }

    @Test(arguments: ["", "0", "-1", "1001", "x", "1e2", "1.0", "+1", "%2B1", "99999999999999999999"])
    func limitsOutOfBoundsAreRefused(limit: String) throws {
        let response = try refused("GET /v1/kv?limit=\(limit)")
        #expect(response.status == .badRequest)
        #expect(try response.errorCode() == "invalid_query")
    }

    // MARK: Values

    @Test func valuesAreAnyBytesUpToTheLimit() throws {
        let value: [UInt8] = [0, 0xFF, 0x0D, 0x0A, 0, 1, 2, 3]
        for count in [0, 1, 8] {
            let body = try endpoint.call(try request("PUT /v1/kv/a", body: Array(value.prefix(count)))).body
            guard case .write(.put(_, let put, _), _) = body else { throw WrongCall(target: "\(count) bytes") }
            #expect(put == Array(value.prefix(count)))
        }
        let response = try refused("PUT /v1/kv/a", body: value + [4])
        #expect(response.status == .contentTooLarge)
        #expect(try response.errorCode() == "value_too_large")
    }

    @Test func anIdempotencyKeyDoesNotMatterToARead() throws {
        #expect(try read("/v1/kv/a", ["Idempotency-Key: 1"]).key == Array("a".utf8))
    }
}
