import Bytes
import Documents
import HTTP
import Replica
import StateMachine

/// `/v1/sessions`: what a request asks for. Pure: requests and answers are values.
struct SessionEndpoint {
    /// What to ask the replica, and what the answer will need to be rendered.
    struct Call {
        let body: ClientRequest.Body
        let rendering: Rendering
    }

    enum Rendering {
        case names
        case entries(SessionFields)
        case latest(SessionFields)
        case change
    }

    static let path = "/v1/sessions"

    let maxValueSize: Int

    static func handles(_ path: ArraySlice<UInt8>) -> Bool { ResourcePath.lies(path, in: SessionEndpoint.path) }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    func call(_ request: HTTPRequest) throws(Refused) -> Call {
        guard let path = try ResourcePath(request, in: SessionEndpoint.path) else { throw .notFound }
        guard let name = path.name else { return try names(request) }
        switch path.tail {
        case []: return try delete(name, request)
        case ["entries"]: return try entries(of: name, request)
        case ["entries", "latest"]: return try latest(of: name, request)
        case ["fork"]: return try fork(name, request)
        default: throw .notFound
        }
    }

    // MARK: Reads

    private func names(_ request: HTTPRequest) throws(Refused) -> Call {
        try request.requireRead()
        let parameters = try request.parameters()
        return read(
            .names(
                startAfter: parameters.first("start_after"), limit: try parameters.limit(), maxBytes: PageLimit.maxBytes
            ),
            try parameters.consistency(), .names)
    }

    private func latest(of name: [UInt8], _ request: HTTPRequest) throws(Refused) -> Call {
        try request.requireRead()
        let parameters = try request.parameters()
        return read(.latest(session: name), try parameters.consistency(), .latest(try fields(parameters)))
    }

    private func page(of name: [UInt8], _ request: HTTPRequest) throws(Refused) -> Call {
        let parameters = try request.parameters()
        let query = SessionQuery.entries(
            session: name, startAfter: try parameters.number("start_after"), limit: try parameters.limit(),
            maxBytes: PageLimit.maxBytes)
        return read(query, try parameters.consistency(), .entries(try fields(parameters)))
    }

    private func fields(_ parameters: QueryParameters) throws(Refused) -> SessionFields {
        guard let text = parameters.first("fields") else { return .all }
        return try Refused.unlessRead("invalid_query") { () throws(ArgumentFailure) in try SessionFields(list: text) }
    }

    private func read(_ query: SessionQuery, _ consistency: Consistency, _ rendering: Rendering) -> Call {
        Call(body: .read(.session(query), consistency), rendering: rendering)
    }

    // MARK: Writes

    private func entries(of name: [UInt8], _ request: HTTPRequest) throws(Refused) -> Call {
        switch request.method {
        case .get, .head: return try page(of: name, request)
        case .post: return try append(to: name, request)
        case .delete: return try trim(name, request)
        default: throw .methodNotAllowed("GET, HEAD, POST, DELETE")
        }
    }

    private func append(to name: [UInt8], _ request: HTTPRequest) throws(Refused) -> Call {
        let arguments = try request.arguments(allowed: SessionEntry.members + ["expected_head"])
        let (entry, expected) = try Refused.unlessRead("invalid_body") { () throws(ArgumentFailure) in
            (try SessionEntry(arguments), try ExpectedHead(arguments, "expected_head"))
        }
        guard entry.byteCount <= maxValueSize else {
            throw Refused(
                .contentTooLarge, "value_too_large",
                "the entry has \(entry.byteCount) bytes; --max-value-size allows \(maxValueSize)")
        }
        return try write(name, .append(entry, expecting: expected), request, "/entries")
    }

    private func trim(_ name: [UInt8], _ request: HTTPRequest) throws(Refused) -> Call {
        guard let index = try request.parameters().number("before") else {
            throw .badRequest(
                "invalid_query", "before=INDEX says which entries go; to delete the session, leave out /entries")
        }
        return try write(name, .trim(before: index), request, "/entries?before=\(index)")
    }

    private func fork(_ name: [UInt8], _ request: HTTPRequest) throws(Refused) -> Call {
        guard request.method == .post else { throw .methodNotAllowed("POST") }
        let arguments = try request.arguments(allowed: ["to"])
        let target = try Refused.unlessRead("invalid_body") { () throws(ArgumentFailure) in
            try arguments.requiredName("to")
        }
        return try write(name, .fork(to: target), request, "/fork")
    }

    private func delete(_ name: [UInt8], _ request: HTTPRequest) throws(Refused) -> Call {
        guard request.method == .delete else { throw .methodNotAllowed("DELETE") }
        return try write(name, .delete, request, "")
    }

    /// - Parameter tail: the rest of the path, for the scope of an idempotency key.
    private func write(
        _ name: [UInt8], _ action: SessionCommand.Action, _ request: HTTPRequest, _ tail: String
    ) throws(Refused) -> Call {
        let path = "\(SessionEndpoint.path)/\(RequestTarget.percentEncoded(name))\(tail)"
        let key = try IdempotencyKeyHeader.read(request, path: Array(path.utf8))
        return Call(body: .write(.session(SessionCommand(name, action)), key: key), rendering: .change)
    }
}
