import Bytes
import HTTP
import Replica
import StateMachine
import Testing

@testable import Node

/// What a request to `/v1/txn` asks of the replica.
@Suite struct TransactionCallTests {
    private let endpoint = TransactionEndpoint(maxValueSize: 2048)
    private let json = "Content-Type: application/json"

    private func call(_ body: String, _ fields: [String] = []) throws -> (Transaction, IdempotencyKey?) {
        let request = try request("POST /v1/txn", [json] + fields, body: Array(body.utf8))
        guard case .write(.transaction(let transaction), let key) = try endpoint.call(request) else {
            throw NoTransaction()
        }
        return (transaction, key)
    }

    private struct NoTransaction: Error {}

    private func refused(_ body: String, _ fields: [String]? = nil, _ line: String = "POST /v1/txn") throws
        -> HTTPResponse
    {
        let request = try request(line, fields ?? [json], body: Array(body.utf8))
        return try refusal { _ = try endpoint.call(request) }
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func everythingItMayHold() throws {
        let (transaction, key) = try call(
            """
            {"compare":[{"key":"a","value":"é"},{"key":"b","revision":18446744073709551615},{"exists":false,"key":"c"},
              {"key":"a","value_base64":"/wA="}],
             "then":[{"put":{"key":"a","value":""}},{"put":{"value_base64":"/w==","key":"b"}},{"delete":{"key":"c"}}],
             "else":[{"get":{"key":"a"}}]}
            """)
        #expect(
            transaction.compare == [
                Comparison(key: bytes("a"), .value(bytes("é"))), Comparison(key: bytes("b"), .revision(.max)),
                Comparison(key: bytes("c"), .exists(false)), Comparison(key: bytes("a"), .value([0xFF, 0])),
            ])
        #expect(
            transaction.then == [
                .put(key: bytes("a"), value: []), .put(key: bytes("b"), value: [0xFF]), .delete(key: bytes("c")),
            ])
        #expect(transaction.otherwise == [.get(key: bytes("a"))])
        #expect(key == nil)
    }

    @Test func whatIsLeftOutIsEmpty() throws {
        let (transaction, _) = try call("{}")
        #expect(transaction.compare.isEmpty && transaction.then.isEmpty && transaction.otherwise.isEmpty)
    }

    @Test func itTakesAnIdempotencyKey() throws {
        let (_, first) = try call("{}", ["Idempotency-Key: k"])
        #expect(first.map { String(decoding: $0.scope, as: UTF8.self) } == "POST k /v1/txn")
        let (_, second) = try call("{ }", ["Idempotency-Key: k"])
        #expect(second?.scope == first?.scope && second?.fingerprint != first?.fingerprint)
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "DELETE"]) func itIsPosted(method: String) throws {
        let response = try refused("{}", nil, "\(method) /v1/txn")
        #expect(response.status == .methodNotAllowed)
        #expect(response.values("Allow") == ["POST"])
    }

    @Test(arguments: ["application/json", "Application/JSON ; charset=utf-8", "application/json;"])
    func jsonIsJSONWithParameters(contentType: String) throws {
        let request = try request("POST /v1/txn", ["Content-Type: \(contentType)"], body: bytes("{}"))
        #expect(throws: Never.self) { _ = try endpoint.call(request) }
    }

    @Test(arguments: [
        [], ["Content-Type: text/plain"], ["Content-Type: application/x-www-form-urlencoded"],
        ["Content-Type: application/jsonp"], ["Content-Type: "],
    ])
    func whatIsNotSaidToBeJSONIsRefused(fields: [String]) throws {
        let response = try refused("{}", fields)
        #expect(response.status == .unsupportedMediaType)
        #expect(try response.errorCode() == "unsupported_media_type")
    }

    @Test(arguments: ["", "{", "{}{}", "nonsense", "{\"then\":[],\"then\":[]}", "\u{FEFF}{}"])
    func whatIsNoJSONIsRefused(body: String) throws {
        let response = try refused(body)
        #expect(response.status == .badRequest)
        #expect(try response.errorCode() == "invalid_json")
    }

    @Test(arguments: [
        "[]", "1", #"{"if":[]}"#, #"{"then":{}}"#, #"{"then":[1]}"#, #"{"then":[{}]}"#,
        #"{"then":[{"patch":{"key":"a"}}]}"#,
        #"{"then":[{"put":{"key":"a"}}]}"#, #"{"then":[{"put":{"key":"a","value":"","value_base64":""}}]}"#,
        #"{"then":[{"put":{"key":"a","value":1}}]}"#, #"{"then":[{"put":{"key":"a","value_base64":"/w"}}]}"#,
        #"{"then":[{"put":{"key":1,"value":""}}]}"#, #"{"then":[{"put":{"value":""}}]}"#,
        #"{"then":[{"put":{"key":"a","value":"","ttl":1}}]}"#,
        #"{"then":[{"put":{"key":"a","value":""},"get":{"key":"a"}}]}"#,
        #"{"then":[{"delete":{"key":"a","value":""}}]}"#, #"{"then":[{"get":null}]}"#, #"{"then":[{"get":"a"}]}"#,
        #"{"compare":[{"key":"a"}]}"#, #"{"compare":[{"exists":true}]}"#, #"{"compare":[{"key":"a","exists":1}]}"#,
        #"{"compare":[{"key":"a","revision":-1}]}"#, #"{"compare":[{"key":"a","revision":"1"}]}"#,
        #"{"compare":[{"key":"a","revision":1.0}]}"#, #"{"compare":[{"key":"a","value":null}]}"#,
        #"{"compare":[{"key":"a","revision":1,"exists":true}]}"#, #"{"compare":[{"key":"a","version":1}]}"#,
    ])
    func whatIsNoTransactionIsRefused(body: String) throws {
        let response = try refused(body)
        #expect(response.status == .badRequest)
        #expect(try response.errorCode() == "invalid_txn")
    }

    @Test func aRefusalNamesThePlace() throws {
        let response = try refused(#"{"then":[{"get":{"key":"a"}},{"put":{"key":"b","value":1}}]}"#)
        #expect(try response.json().object?["error"]?.string?.hasPrefix("then[1].put.value ") == true)
    }

    @Test(arguments: [#""""#, #""\u0000""#]) func keysAreKeys(key: String) throws {
        for body in [#"{"compare":[{"key":\#(key),"exists":true}]}"#, #"{"else":[{"get":{"key":\#(key)}}]}"#] {
            let response = try refused(body)
            #expect(response.status == .badRequest)
            #expect(try response.errorCode() == "invalid_key")
        }
    }

    @Test func aBranchNamesAKeyOnce() throws {
        for branch in ["then", "else"] {
            let response = try refused(#"{"\#(branch)":[{"put":{"key":"a","value":""}},{"get":{"key":"a"}}]}"#)
            #expect(response.status == .badRequest)
            #expect(try response.errorCode() == "duplicate_key")
        }
        let both =
            #"{"compare":[{"key":"a","exists":true},{"key":"a","revision":1}],"then":[{"get":{"key":"a"}}],"else":[{"get":{"key":"a"}}]}"#
        #expect(throws: Never.self) { _ = try call(both) }
    }

    @Test(arguments: ["compare", "then", "else"]) func eachPartHasItsBound(part: String) throws {
        func body(_ count: Int) -> String {
            let elements = (0..<count).map { number in
                part == "compare" ? #"{"key":"\#(number)","exists":true}"# : #"{"get":{"key":"\#(number)"}}"#
            }
            return #"{"\#(part)":[\#(elements.joined(separator: ","))]}"#
        }
        #expect(throws: Never.self) { _ = try call(body(128)) }
        let response = try refused(body(129))
        #expect(response.status == .contentTooLarge)
        #expect(try response.errorCode() == "txn_too_large")
    }

    @Test func aValueHasItsBoundAndAllTogetherHaveOne() throws {
        func put(_ key: String, _ count: Int) -> String {
            #"{"put":{"key":"\#(key)","value":"\#(String(repeating: "v", count: count))"}}"#
        }
        #expect(throws: Never.self) { _ = try call(#"{"then":[\#(put("a", 2048))]}"#) }
        let value = try refused(#"{"else":[\#(put("a", 2049))]}"#)
        #expect(value.status == .contentTooLarge)
        #expect(try value.errorCode() == "value_too_large")
        // As much as the largest key with the largest value: 3072 bytes.
        #expect(throws: Never.self) { _ = try call(#"{"then":[\#(put("a", 2048)),\#(put("b", 1022))]}"#) }
        let all = try refused(#"{"then":[\#(put("a", 2048))],"else":[\#(put("b", 1023))]}"#)
        #expect(all.status == .contentTooLarge)
        #expect(try all.errorCode() == "txn_too_large")
    }

    // MARK: Answers

    @Test func anAnswerHasOneResultAnOperation() throws {
        let results: [TransactionResult] = [
            .put(created: true), .delete(deleted: false), .get(nil), .get(Versioned(value: [0xFF], revision: 3)),
            .get(Versioned(value: [], revision: 4)),
        ]
        let answer = Answer.outcome(.transaction(revision: .max, succeeded: false, results: results))
        let response = TransactionEndpoint.response(to: answer)
        #expect(response.status == .ok)
        #expect(
            response.text
                == #"{"succeeded":false,"revision":18446744073709551615,"results":[{"put":{"created":true}},{"delete":{"deleted":false}},{"get":null},{"get":{"value_base64":"/w==","revision":3}},{"get":{"value":"","revision":4}}]}"#
        )
    }

    @Test(arguments: [
        (Answer.outcome(.keyReused), UInt16(422)), (.outcome(.retryTableFull), 503),
        (.outcome(.invalid(reason: "r")), 413),
        (.noSpace(reason: "r"), 507),
        (.overloaded(reason: "r"), 503), (.outcomeUnknown(reason: "r"), 504), (.value(nil), 500),
        (.outcome(.put(revision: 1, created: true)), 500),
    ])
    func failuresHaveTheirStatus(answer: Answer, status: UInt16) {
        #expect(TransactionEndpoint.response(to: answer).status.code == status)
    }
}
