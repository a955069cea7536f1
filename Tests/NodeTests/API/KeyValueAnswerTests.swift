import Bytes
import HTTP
import Replica
import Testing

@testable import Node
@testable import StateMachine

/// How each answer of the replica looks to a client.
@Suite struct KeyValueAnswerTests {
    private static let get = KeyValueEndpoint.Rendering.get(key: [97], ifNoneMatch: nil)

    private func response(
        _ answer: Answer, to rendering: KeyValueEndpoint.Rendering = KeyValueAnswerTests.get
    ) -> HTTPResponse {
        KeyValueEndpoint.response(to: rendering, answer)
    }

    private func response(_ value: Versioned?, ifNoneMatch: String) throws -> HTTPResponse {
        let tags = try EntityTags([ifNoneMatch], header: "If-None-Match")
        return response(.value(value), to: .get(key: [97], ifNoneMatch: tags))
    }

    // MARK: Writes

    @Test(arguments: [(true, HTTPStatus.created), (false, .ok)])
    func aPutTellsItsRevision(created: Bool, status: HTTPStatus) throws {
        let response = response(.outcome(.put(revision: .max, created: created)), to: .put)
        #expect(response.status == status)
        #expect(response.values("ETag") == ["\"18446744073709551615\""])
        #expect(try response.json() == ["revision": JSONValue(UInt64.max)])
    }

    @Test(arguments: [true, false]) func aDeleteTellsWhetherThereWasAnything(deleted: Bool) throws {
        let response = response(.outcome(.delete(revision: 7, deleted: deleted)), to: .delete)
        #expect(response.status == .ok)
        #expect(response.values("ETag") == [])
        #expect(try response.json() == ["revision": 7, "deleted": .bool(deleted)])
    }

    @Test func aFailedPreconditionCarriesTheCurrentTag() throws {
        let present = response(.outcome(.preconditionFailed(current: 5)), to: .put)
        #expect(present.status == .preconditionFailed)
        #expect(present.values("ETag") == ["\"5\""])
        #expect(try present.errorCode() == "precondition_failed")
        let absent = response(.outcome(.preconditionFailed(current: nil)), to: .delete)
        #expect(absent.status == .preconditionFailed)
        #expect(absent.values("ETag") == [])
        #expect(try absent.errorCode() == "precondition_failed")
    }

    /// Only 504 leaves a write open; 503 says that it did not happen, and when to come again.
    @Test(arguments: [
        (Answer.outcomeUnknown(reason: "r"), 504, "outcome_unknown", []),
        (.outcome(.superseded), 504, "outcome_unknown", []),
        (.unavailable(reason: "r"), 503, "unavailable", ["1"]),
        (.overloaded(reason: "r"), 503, "overloaded", ["1"]),
        (.outcome(.invalid(reason: "r")), 500, "invalid_command", []),
        (.noSpace(reason: "r"), 507, "no_space", []),
        (.quotaExceeded(reason: "r"), 507, "quota_exceeded", []),
        (.outcome(.keyReused), 422, "idempotency_key_reused", []),
        (.outcome(.retryTableFull), 503, "retry_table_full", ["60"]),
    ])
    func failuresHaveTheirCodes(answer: Answer, status: UInt16, code: String, retryAfter: [String]) throws {
        let response = response(answer, to: .put)
        #expect(response.status.code == status)
        #expect(try response.errorCode() == code)
        #expect(response.values("Retry-After") == retryAfter)
    }

    @Test(arguments: [
        Answer.noSpace(reason: "no \"leader\""), .quotaExceeded(reason: "no \"leader\""),
        .outcomeUnknown(reason: "no \"leader\""), .unavailable(reason: "no \"leader\""),
        .overloaded(reason: "no \"leader\""), .outcome(.invalid(reason: "no \"leader\"")),
    ])
    func failuresSayWhy(answer: Answer) throws {
        #expect(try response(answer).json().object?["error"]?.string?.contains("no \"leader\"") == true)
    }

    @Test func anAnswerToAnotherQuestionIsAFaultOfOurs() throws {
        for answer in [
            Answer.revision(3), .outcome(.noted), .outcome(.transaction(revision: 1, succeeded: true, results: [])),
        ] {
            let response = response(answer, to: .put)
            #expect(response.status == .internalServerError)
            #expect(try response.errorCode() == "internal")
        }
    }

    // MARK: Reads

    @Test(arguments: [[], [0x61], [0, 0xFF, 0x0A]] as [[UInt8]])
    func aValueIsItsBytes(value: [UInt8]) {
        let response = response(.value(Versioned(value: value, revision: 7)))
        #expect(response.status == .ok)
        #expect(response.contentType == "application/octet-stream")
        #expect(response.values("X-Content-Type-Options") == ["nosniff"])
        #expect(response.values("ETag") == ["\"7\""])
        #expect(response.body == value)
    }

    @Test func anAbsentKeyIsNotFoundWhateverTheClientHas() throws {
        for response in [response(.value(nil)), try response(nil, ifNoneMatch: "*")] {
            #expect(response.status == .notFound)
            #expect(response.values("ETag") == [])
            #expect(try response.errorCode() == "not_found")
        }
    }

    @Test(arguments: [#""7""#, #"W/"7""#, #""6", "7""#, "*"])
    func whatTheClientHasIsNotSentAgain(tags: String) throws {
        let response = try response(Versioned(value: [1], revision: 7), ifNoneMatch: tags)
        #expect(response.status == .notModified)
        #expect(response.values("ETag") == ["\"7\""])
        #expect(response.body == [])
        #expect(response.contentType == nil)
    }

    @Test(arguments: [#""6""#, #"W/"77""#, #""07""#])
    func whatTheClientHasNotIsSent(tags: String) throws {
        let response = try response(Versioned(value: [1], revision: 7), ifNoneMatch: tags)
        #expect(response.status == .ok)
        #expect(response.body == [1])
    }

    // MARK: Lists

    @Test func aPageShowsTextAsTextAndTheRestAsBase64() throws {
        let page = Page(
            entries: [
                Page.Entry(key: Array("a\"/é".utf8), value: Array("é\n\"".utf8), revision: 3),
                Page.Entry(key: Array("b".utf8), value: [0xFF, 0], revision: 4),
                Page.Entry(key: Array("c".utf8), value: [], revision: .max),
            ], next: Array("c".utf8), revision: 9)
        let response = response(.page(page), to: .list)
        #expect(response.status == .ok)
        #expect(
            try response.json() == [
                "revision": 9,
                "entries": [
                    ["key": "a\"/é", "value": "é\n\"", "revision": 3],
                    ["key": "b", "value_base64": "/wA=", "revision": 4],
                    ["key": "c", "value": "", "revision": JSONValue(UInt64.max)],
                ],
                "next": "c",
            ])
    }

    @Test func theLastPageHasNoNext() throws {
        let response = response(.page(Page(entries: [], next: nil, revision: 0)), to: .list)
        #expect(try response.json() == ["revision": 0, "entries": [], "next": nil])
    }
}
