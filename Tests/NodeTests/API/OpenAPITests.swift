import Bytes
import HTTP
import Testing

@testable import Node

/// `/openapi.json`; `scripts/openapi-check` holds the server against it.
@Suite struct OpenAPITests {
    private func document() throws -> JSONObject {
        let response = try OpenAPIDocument.response(to: try request("GET /openapi.json"))
        #expect(response.status == .ok)
        return try #require(try response.json().object)
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = try document()
        var references: [String] = []
        func collect(_ value: JSONValue) {
            for element in value.array ?? [] { collect(element) }
            for member in value.object?.members ?? [] {
                if member.key == "$ref", let target = member.value.string { references.append(target) }
                collect(member.value)
            }
        }
        collect(.object(document))
        #expect(references.count > 50)
        for reference in Set(references) {
            let found = reference.split(separator: "/").dropFirst().reduce(JSONValue.object(document) as JSONValue?) {
                $0?.object?[String($1)]
            }
            #expect(found != nil, "\(reference)")
        }
    }

    @Test func operationsHaveNamesOfTheirOwn() throws {
        let paths = try #require(try document()["paths"]?.object)
        let ids = paths.members.flatMap { path in
            (path.value.object?.members ?? []).compactMap { $0.value.object?["operationId"]?.string }
        }
        #expect(ids.count == 12 && Set(ids).count == 12)
    }

    @Test func itIsOnlyRead() throws {
        let response = try refusal { _ = try OpenAPIDocument.response(to: try request("POST /openapi.json")) }
        #expect(response.status == .methodNotAllowed)
    }
}
