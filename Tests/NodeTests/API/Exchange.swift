import Bytes
import HTTP
import Testing

@testable import Node

/// The request that a parser makes of these lines; `line` is a method and a target.
func request(
    _ line: String, _ fields: [String] = [], host: String = "node1:8080", body: [UInt8] = [],
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> HTTPRequest {
    let head = ["\(line) HTTP/1.1", "Host: \(host)", "Content-Length: \(body.count)"] + fields + ["", ""]
    let bytes = Array(head.joined(separator: "\r\n").utf8) + body
    var parser = RequestParser()
    var offset = 0
    guard case .request(let request)? = try parser.next(bytes.span, from: &offset), offset == bytes.count else {
        throw NoRequest(text: head.joined(separator: "|"))
    }
    return request
}

/// The bytes of a test that should be a request, but are none.
struct NoRequest: Error {
    let text: String
}

/// The answer with which `body` is refused.
func refusal(
    sourceLocation: SourceLocation = #_sourceLocation, of body: () throws -> Void
) throws -> HTTPResponse {
    let refused = #expect(throws: Refused.self, sourceLocation: sourceLocation) { try body() }
    return try #require(refused, sourceLocation: sourceLocation).response
}

extension HTTPResponse {
    /// The values of all headers called `name`.
    func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The body as JSON, which is what its content type must say.
    func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        #expect(contentType == "application/json", sourceLocation: sourceLocation)
        return try JSONParser.parse(body)
    }

    /// The code of a body `{"error": …, "code": …}`; nil when it has another shape or tells nothing.
    func errorCode() throws -> String? {
        let object = try json().object
        guard object?.members.map(\.key) == ["error", "code"], object?["error"]?.string?.isEmpty == false else {
            return nil
        }
        return object?["code"]?.string
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}
