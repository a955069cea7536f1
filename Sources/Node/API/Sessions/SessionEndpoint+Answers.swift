import Bytes
import Documents
import HTTP
import Replica
import StateMachine

extension SessionEndpoint {
    static func response(to rendering: Rendering, _ answer: Answer) -> HTTPResponse {
        if let refusal = answer.refusal { return refusal }
        switch (rendering, answer) {
        case (.change, .outcome(let outcome)):
            if let refusal = outcome.refusal { return refusal }
            guard case .session(let outcome) = outcome else { return .wrongAnswer }
            return response(to: outcome)
        case (.names, .session(.names(let names, let next))):
            return .json(.ok, late: { document(names, next: next) })
        case (.entries(let fields), .session(.entries(let entries, let next))):
            return .json(.ok, late: { document(entries, next: next, fields) })
        case (.latest(let fields), .session(.latest(let entry?))):
            return .json(.ok, late: { document(entry, fields) })
        case (.latest, .session(.latest(nil))):
            return .error(.notFound, code: "not_found", message: "the session has no entries")
        default: return .wrongAnswer
        }
    }

    private static func response(to outcome: SessionOutcome) -> HTTPResponse {
        var json = JSONWriter(reserving: 64)
        json.beginObject()
        var status = HTTPStatus.ok
        switch outcome {
        case .appended(let index, let revision):
            status = .created
            json.pair("index", index)
            json.pair("revision", revision)
        case .headMismatch(let head):
            status = .preconditionFailed
            let known = head.map { "is `\(String(decoding: $0, as: UTF8.self))`" } ?? "does not exist: it is empty"
            json.pair("error", "the latest entry's output_heap \(known); read what it did, then go on from there")
            json.pair("code", "head_mismatch")
            json.pair("head", optional: head)
        case .forked: json.pair("outcome", "forked")
        case .targetExists: json.pair("outcome", "target_exists")
        case .sourceEmpty: json.pair("outcome", "source_empty")
        case .trimmed(let revision, let removed):
            json.pair("revision", revision)
            json.pair("removed", removed)
        case .deleted(let revision, let deleted):
            json.pair("revision", revision)
            json.pair("deleted", deleted)
        }
        json.endObject()
        return .json(status, json.bytes)
    }

    private static func document(_ names: [[UInt8]], next: [UInt8]?) -> [UInt8] {
        var json = JSONWriter(reserving: names.reduce(64) { $0 + $1.count + 8 })
        json.beginObject()
        json.list("sessions", utf8: names)
        json.pair("next", optional: next)
        json.endObject()
        return json.bytes
    }

    private static func document(
        _ entries: [LoggedSessionEntry], next: UInt64?, _ fields: SessionFields
    ) -> [UInt8] {
        var json = JSONWriter(reserving: entries.reduce(64) { $0 + $1.entry.byteCount + 160 })
        json.beginObject()
        json.list("entries", entries: entries, showing: fields)
        json.key("next")
        if let next { json.value(next) } else { json.null() }
        json.endObject()
        return json.bytes
    }

    private static func document(_ entry: LoggedSessionEntry, _ fields: SessionFields) -> [UInt8] {
        var json = JSONWriter(reserving: entry.entry.byteCount + 160)
        fields.write(entry, to: &json)
        return json.bytes
    }
}
