import Bytes
import Documents
import HTTP
import Replica
import StateMachine

extension KeyValueEndpoint {
    static func response(to rendering: Rendering, _ answer: Answer) -> HTTPResponse {
        if let refusal = answer.refusal { return refusal }
        switch answer {
        case .outcome(let outcome): return response(to: outcome)
        case .value(let value): return response(to: rendering, value)
        case .page(let page): return .json(.ok, late: { document(page) })
        default: return .wrongAnswer
        }
    }

    private static func response(to outcome: Outcome) -> HTTPResponse {
        if let refusal = outcome.refusal { return refusal }
        switch outcome {
        case .put(let revision, let created):
            var body = ByteWriter(reserving: 32)
            body.append(utf8: "{\"revision\":")
            body.append(utf8: String(revision))
            body.append(utf8: "}")
            return .json(created ? .created : .ok, body.bytes, headers: [.entityTag(revision)])
        case .delete(let revision, let deleted):
            var json = JSONWriter()
            json.beginObject()
            json.pair("revision", revision)
            json.pair("deleted", deleted)
            json.endObject()
            return .json(.ok, json.bytes)
        default: return .wrongAnswer
        }
    }

    private static func response(to rendering: Rendering, _ value: Versioned?) -> HTTPResponse {
        guard let value else { return .error(.notFound, code: "not_found", message: "the key does not exist") }
        if case .get(_, let tags?) = rendering, tags.matchesWeakly(value.revision) {
            return HTTPResponse(.notModified, headers: [.entityTag(value.revision)])
        }
        return HTTPResponse(
            .ok, contentType: "application/octet-stream",
            headers: [.entityTag(value.revision), HTTPHeader("X-Content-Type-Options", "nosniff")], body: value.value)
    }

    private static func document(_ page: Page) -> [UInt8] {
        var json = JSONWriter(reserving: page.entries.reduce(128) { $0 + $1.key.count + $1.value.count + 64 })
        json.beginObject()
        json.pair("revision", page.revision)
        json.key("entries")
        json.beginArray()
        for entry in page.entries { write(entry, to: &json) }
        json.endArray()
        json.key("next")
        if let next = page.next { json.value(utf8: next) } else { json.null() }
        json.endObject()
        return json.bytes
    }

    private static func write(_ entry: Page.Entry, to json: inout JSONWriter) {
        json.beginObject()
        json.pair("key", utf8: entry.key)
        json.pair(value: entry.value)
        json.pair("revision", entry.revision)
        json.endObject()
    }
}
