import HTTP
import StateMachine

/// `GET /v1/watch`: what a request asks for. Pure.
enum WatchEndpoint {
    static let path = "/v1/watch"

    struct Call: Equatable {
        let prefix: [UInt8]
        let start: Start
    }

    enum Start: Equatable {
        /// With the first change after all that was acknowledged when the request came.
        case now
        case after(EventPosition)
    }

    static let head = HTTPResponse(
        .ok, contentType: "text/event-stream",
        headers: [
            HTTPHeader("Cache-Control", "no-store"), HTTPHeader("X-Content-Type-Options", "nosniff"),
            // Proxies that hold answers back would hold them back for ever.
            HTTPHeader("X-Accel-Buffering", "no"),
        ])

    /// - Throws: the answer to a request that is wrong.
    static func call(_ request: HTTPRequest) throws(Refused) -> Call {
        try request.requireRead()
        let parameters = try request.parameters()
        return Call(prefix: parameters.first("prefix") ?? [], start: try start(request, parameters))
    }

    /// `Last-Event-ID` wins: it is how a client that was cut off goes on, with the address it began with.
    private static func start(_ request: HTTPRequest, _ parameters: QueryParameters) throws(Refused) -> Start {
        if let position = try request.lastEventID() { return .after(position) }
        guard let value = parameters.first("from_revision") else { return .now }
        let text = String(decoding: value, as: UTF8.self)
        guard let revision = Decimal.number(text) else {
            throw .badRequest("invalid_query", "from_revision is a revision, not `\(text)`")
        }
        return .after(.endOf(revision: revision == 0 ? 0 : revision - 1))
    }

    /// The answer to a watch that asks for what is not kept any more.
    static func belowFloor(_ floor: UInt64, revision: UInt64) -> HTTPResponse {
        .json(.gone, EventStreamText.belowFloor(floor, revision: revision))
    }
}
