import Bytes
import Documents
import HTTP
import Replica
import StateMachine

extension HeapEndpoint {
    static func response(to rendering: Rendering, _ answer: Answer) -> HTTPResponse {
        if let refusal = answer.refusal { return refusal }
        switch (rendering, answer) {
        case (.change, .outcome(let outcome)):
            if let refusal = outcome.refusal { return refusal }
            guard case .heap(let outcome) = outcome else { return .wrongAnswer }
            return response(to: outcome)
        case (.tags, .heap(.tags(let tags))): return .json(.ok, document(tags))
        case (.heaps, .heap(.heaps(let heaps, let next))): return .json(.ok, late: { document(heaps, next: next) })
        default: return .wrongAnswer
        }
    }

    private static func response(to outcome: HeapOutcome) -> HTTPResponse {
        switch outcome {
        case .tags(let tags, _): return .json(.ok, document(tags))
        case .cleared(let revision, let deleted):
            var json = JSONWriter(reserving: 64)
            json.beginObject()
            json.pair("revision", revision)
            json.pair("deleted", deleted)
            json.endObject()
            return .json(.ok, json.bytes)
        case .tooMany:
            return .error(.unprocessableContent, code: "too_many_tags", message: "this \(TagArguments.tooMany)")
        }
    }

    private static func document(_ tags: [HeapTag]) -> [UInt8] {
        var json = JSONWriter(reserving: 64)
        json.beginObject()
        json.pair("tags", tags)
        json.endObject()
        return json.bytes
    }

    private static func document(_ heaps: [HeapAnswer.Heap], next: [UInt8]?) -> [UInt8] {
        var json = JSONWriter(reserving: heaps.count * 128 + 64)
        json.beginObject()
        json.list("results", heaps: heaps)
        json.pair("next", optional: next)
        json.endObject()
        return json.bytes
    }
}
