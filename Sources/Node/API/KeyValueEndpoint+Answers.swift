import Bytes
import HTTP
import Replica
import StateMachine

extension KeyValueEndpoint {
    static func response(to rendering: Rendering, _ answer: Answer) -> HTTPResponse {
        switch answer {
        case .outcome(let outcome): response(to: outcome)
        case .value(let value): response(to: rendering, value)
        case .page(let page): .json(.ok, late: { document(page) })
        case .revision, .snapshot: preconditionFailure("this endpoint asks for neither")
        case .outcomeUnknown(let reason):
            .error(
                .gatewayTimeout, code: "outcome_unknown", message: "the write may or may not have happened: \(reason)")
        case .unavailable(let reason):
            .error(.serviceUnavailable, code: "unavailable", message: reason, retryAfterSeconds: 1)
        case .overloaded(let reason):
            .error(.serviceUnavailable, code: "overloaded", message: reason, retryAfterSeconds: 1)
        case .noSpace(let reason): .error(.insufficientStorage, code: "no_space", message: reason)
        case .quotaExceeded(let reason): .error(.insufficientStorage, code: "quota_exceeded", message: reason)
        }
    }

    private static func response(to outcome: Outcome) -> HTTPResponse {
        switch outcome {
        case .put(let revision, let created):
            var body = ByteWriter(reserving: 32)
            body.append(utf8: "{\"revision\":")
            body.append(utf8: String(revision))
            body.append(utf8: "}")
            return .json(created ? .created : .ok, body.bytes, headers: [entityTag(revision)])
        case .delete(let revision, let deleted):
            var json = JSONWriter()
            json.beginObject()
            json.key("revision")
            json.value(revision)
            json.key("deleted")
            json.value(deleted)
            json.endObject()
            return .json(.ok, json.bytes)
        case .preconditionFailed(let current):
            var response = HTTPResponse.error(
                .preconditionFailed, code: "precondition_failed",
                message: current.map { "the key is at revision \($0)" } ?? "the key does not exist")
            if let current { response.headers.append(entityTag(current)) }
            return response
        case .superseded:
            return .error(
                .gatewayTimeout, code: "outcome_unknown", message: "an earlier copy of the write was answered already")
        case .invalid(let reason):
            return .error(
                .internalServerError, code: "invalid_command",
                message: "the members do not understand the write: \(reason)")
        }
    }

    private static func response(to rendering: Rendering, _ value: Versioned?) -> HTTPResponse {
        guard let value else { return .error(.notFound, code: "not_found", message: "the key does not exist") }
        if case .get(_, let tags?) = rendering, tags.matchesWeakly(value.revision) {
            return HTTPResponse(.notModified, headers: [entityTag(value.revision)])
        }
        return HTTPResponse(
            .ok, contentType: "application/octet-stream",
            headers: [entityTag(value.revision), HTTPHeader("X-Content-Type-Options", "nosniff")], body: value.value)
    }

    private static func document(_ page: Page) -> [UInt8] {
        var json = JSONWriter(reserving: page.entries.reduce(128) { $0 + $1.key.count + $1.value.count + 64 })
        json.beginObject()
        json.key("revision")
        json.value(page.revision)
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
        json.key("key")
        json.value(utf8: entry.key)
        if UTF8Text.isValid(entry.value) {
            json.key("value")
            json.value(utf8: entry.value)
        } else {
            json.key("value_base64")
            json.value(Base64.encode(entry.value))
        }
        json.key("revision")
        json.value(entry.revision)
        json.endObject()
    }

    private static func entityTag(_ revision: UInt64) -> HTTPHeader { HTTPHeader("ETag", "\"\(revision)\"") }
}
