import HTTP
import Replica
import StateMachine
import Testing

@testable import Node

/// `If-Match` and `If-None-Match` (RFC 9110, 13.1), and the condition that each means for the state machine.
@Suite struct KeyValueConditionTests {
    private let endpoint = KeyValueEndpoint(maxValueSize: 8)

    private func operation(_ method: String, _ fields: [String]) throws -> Operation? {
        guard case .write(let operation, _) = try endpoint.call(try request("\(method) /v1/kv/a", fields)).body else {
            return nil
        }
        return operation
    }

    /// Strong comparison: a weak tag never matches, a tag that no version bears neither, so that the list may be empty.
    @Test(arguments: [
        ([], Condition.none),
        (["If-Match: *"], .exists),
        ([#"If-Match: "5""#], .matchesAny(revisions: [5])),
        ([#"if-match: "5", "7""#], .matchesAny(revisions: [5, 7])),
        ([#"If-Match: "5""#, #"IF-MATCH: "7""#], .matchesAny(revisions: [5, 7])),
        ([#"If-Match: W/"5""#], .matchesAny(revisions: [])),
        ([#"If-Match: W/"5", "6""#], .matchesAny(revisions: [6])),
        ([#"If-Match: "05""#], .matchesAny(revisions: [])),
        ([#"If-Match: "x""#], .matchesAny(revisions: [])),
    ])
    func ifMatchCompares(fields: [String], condition: Condition) throws {
        let key = Array("a".utf8)
        #expect(try operation("PUT", fields) == .put(key: key, value: [], condition: condition))
        #expect(try operation("DELETE", fields) == .delete(key: key, condition: condition))
    }

    @Test func ifNoneMatchStarCreatesOnly() throws {
        let created = try operation("PUT", ["If-None-Match: *"])
        #expect(created == .put(key: Array("a".utf8), value: [], condition: .absent))
    }

    /// Neither is ever ignored: a write that is not what the client meant must not happen.
    @Test(arguments: [
        ["If-Match: 5"], ["If-Match:"], [#"If-Match: "5" "6""#], [#"If-Match: *, "5""#], ["If-None-Match: x"],
        [#"If-None-Match: "5""#], [#"If-None-Match: W/"5""#], ["If-Match: *", "If-None-Match: *"],
        [#"If-Match: "5""#, "If-None-Match: *"],
    ])
    func whatAWriteCannotPromiseIsRefused(fields: [String]) throws {
        for method in ["PUT", "DELETE"] {
            let request = try request("\(method) /v1/kv/a", fields)
            let response = try refusal { _ = try endpoint.call(request) }
            #expect(response.status == .badRequest, "\(method)")
            #expect(try response.errorCode() == "invalid_precondition", "\(method)")
        }
    }

    @Test func aDeleteTakesNoIfNoneMatch() throws {
        let request = try request("DELETE /v1/kv/a", ["If-None-Match: *"])
        let response = try refusal { _ = try endpoint.call(request) }
        #expect(response.status == .badRequest)
        #expect(try response.errorCode() == "invalid_precondition")
    }

    @Test func aReadKeepsItsTagsForTheAnswer() throws {
        func tags(_ fields: [String]) throws -> EntityTags? {
            guard case .get(_, let tags) = try endpoint.call(try request("GET /v1/kv/a", fields)).rendering else {
                return nil
            }
            return tags
        }
        #expect(try tags([]) == nil)
        #expect(try tags(["If-None-Match: *"]) == .any)
        #expect(try tags([#"If-None-Match: W/"5""#]) == .list([EntityTags.Tag(isWeak: true, revision: 5)]))
        #expect(try refusal { _ = try tags(["If-None-Match: 5"]) }.errorCode() == "invalid_precondition")
    }
}
