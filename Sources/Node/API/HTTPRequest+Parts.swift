import HTTP
import StateMachine

/// What several endpoints read of a request.
extension HTTPRequest {
    /// - Throws: 400 when the query is not well encoded.
    func parameters() throws(Refused) -> QueryParameters {
        guard let parameters = QueryParameters(query) else {
            throw .badRequest("invalid_query", "the query is not well percent-encoded")
        }
        return parameters
    }

    /// `Last-Event-ID`: the last event of a stream that the client has seen.
    /// - Throws: 400 for what is none.
    func lastEventID() throws(Refused) -> EventPosition? {
        guard let id = headers.first("last-event-id"), !id.isEmpty else { return nil }
        guard let position = EventPosition(id: id) else {
            throw .badRequest("invalid_event_id", "Last-Event-ID is REVISION.N as the events have it, not `\(id)`")
        }
        return position
    }

    /// GET and HEAD.
    /// - Throws: 405 for every other method.
    func requireRead() throws(Refused) {
        guard method == .get || method == .head else { throw .methodNotAllowed("GET, HEAD") }
    }

    /// - Throws: 415 unless the body is said to be JSON; parameters such as a charset do not matter.
    func requireJSON() throws(Refused) {
        let contentType = headers.first("content-type") ?? ""
        guard contentType[...].mediaType == "application/json" else {
            throw Refused(
                .unsupportedMediaType, "unsupported_media_type",
                "the body must be JSON and say so: Content-Type: application/json")
        }
    }
}

extension Substring {
    /// What stands before the parameters, in lower case.
    var mediaType: String { prefix { $0 != ";" }.trimmingBlanks.lowercased() }

    fileprivate var trimmingBlanks: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.prefix(
            upTo: start.lastIndex { $0 != " " && $0 != "\t" }.map(start.index(after:)) ?? start.startIndex)
    }
}
