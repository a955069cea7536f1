import HTTP
import Raft
import Testing

@testable import Node

/// What operators send to `/raft/join`, `/raft/leave` and `/raft/transfer`, and what they are told.
@Suite struct AdminEndpointTests {
    private static let json = ["Content-Type: application/json"]

    private func decode(_ path: AdminEndpoint.Path, _ body: String, _ headers: [String] = json) throws -> AdminRequest {
        try AdminEndpoint.decode(
            try request("POST \(path.rawValue)", headers, body: Array(body.utf8)), at: path)
    }

    @Test func whatIsAskedIsRead() throws {
        #expect(
            try decode(.join, #"{"node_id":"n2","addr":"h2:4000"}"#)
                == .join(nodeID: "n2", address: "h2:4000", asLearner: false))
        #expect(
            try decode(.join, #"{"as_learner":true,"addr":"[::1]:4000","node_id":"n2"}"#)
                == .join(nodeID: "n2", address: "[::1]:4000", asLearner: true))
        #expect(try decode(.leave, #"{"node_id":"n2"}"#) == .leave(nodeID: "n2"))
        // A founder without an id that never came goes by its address.
        #expect(try decode(.leave, #"{"node_id":"host-2:4000"}"#) == .leave(nodeID: "host-2:4000"))
        #expect(
            try decode(.transfer, #"{"to":"n2"}"#, ["Content-Type: Application/JSON; charset=utf-8"])
                == .transfer(to: "n2"))
    }

    @Test(arguments: [
        (AdminEndpoint.Path.join, "", "invalid_json"),
        (.join, "[]", "invalid_json"),
        (.join, #"{"node_id":"n2"}"#, "invalid_field"),
        (.join, #"{"node_id":"n 2","addr":"h:1"}"#, "invalid_field"),
        (.join, #"{"node_id":2,"addr":"h:1"}"#, "invalid_field"),
        (.join, #"{"node_id":"n2","addr":"h"}"#, "invalid_field"),
        (.join, #"{"node_id":"n2","addr":"h:1","as_learner":"yes"}"#, "invalid_field"),
        // A misspelt as_learner would make a voter.
        (.join, #"{"node_id":"n2","addr":"h:1","as_leaner":true}"#, "invalid_field"),
        (.leave, #"{"to":"n2"}"#, "invalid_field"),
        (.transfer, #"{"node_id":"n2"}"#, "invalid_field"),
    ])
    func whatCannotBeMeantIsRefused(path: AdminEndpoint.Path, body: String, code: String) throws {
        let refused = try refusal { _ = try decode(path, body) }
        #expect(refused.status == .badRequest)
        #expect(try refused.errorCode() == code)
    }

    @Test(arguments: [[], ["Content-Type: text/plain"], ["Content-Type: application/jsonx"]])
    func onlyJSONIsTaken(headers: [String]) throws {
        let refused = try refusal { _ = try decode(.leave, #"{"node_id":"n2"}"#, headers) }
        #expect(refused.status == .unsupportedMediaType)
    }

    @Test func otherMethodsAreRefused() throws {
        for method in ["GET", "PUT", "DELETE"] {
            let refused = try refusal {
                _ = try AdminEndpoint.decode(try request("\(method) /raft/leave"), at: .leave)
            }
            #expect(refused.status == .methodNotAllowed)
            #expect(refused.values("Allow") == ["POST"])
        }
    }

    @Test func pathsAreExact() throws {
        #expect(AdminEndpoint.path(of: try request("POST /raft/join")) == .join)
        #expect(AdminEndpoint.path(of: try request("POST /raft/joins")) == nil)
    }

    @Test func whatBecameOfItIsAStatusWithACode() throws {
        #expect(AdminEndpoint.response(to: .done).text == #"{"ok":true}"#)
        let cases: [(AdminRefusal.Code, HTTPStatus, String)] = [
            (.unavailable, .serviceUnavailable, "unavailable"), (.notLeader, .serviceUnavailable, "unavailable"),
            (.conflict, .conflict, "conflict"), (.invalid, .badRequest, "invalid_request"),
            (.timeout, .gatewayTimeout, "outcome_unknown"),
        ]
        for (code, status, name) in cases {
            let answer = AdminEndpoint.response(to: .refused(AdminRefusal(code: code, message: "why")))
            #expect(answer.status == status)
            #expect(try answer.errorCode() == name)
            #expect(answer.values("Retry-After") == (status == .serviceUnavailable ? ["1"] : []))
        }
    }
}
