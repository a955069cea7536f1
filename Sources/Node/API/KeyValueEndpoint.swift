import Bytes
import Documents
import HTTP
import Replica
import StateMachine

/// `/v1/kv`: what a request asks for, and how an answer looks. Pure: requests and answers are values.
struct KeyValueEndpoint {
    /// What to ask the replica, and what the answer will need to be rendered.
    struct Call {
        let body: ClientRequest.Body
        let rendering: Rendering
    }

    enum Rendering {
        case put
        case delete
        /// - Parameter ifNoneMatch: the client has these versions already.
        case get(key: [UInt8], ifNoneMatch: EntityTags?)
        case list
    }

    static let prefix = "/v1/kv/"

    let maxValueSize: Int

    static func handles(_ path: ArraySlice<UInt8>) -> Bool {
        path.starts(with: prefix.utf8) || path.elementsEqual("/v1/kv".utf8)
    }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    func call(_ request: HTTPRequest) throws(Refused) -> Call {
        if request.pathIs("/v1/kv") { return try list(request) }
        switch request.method {
        case .get, .head: return try get(request)
        case .put: return try put(request)
        case .delete: return try delete(request)
        default: throw .methodNotAllowed("GET, HEAD, PUT, DELETE")
        }
    }

    private func get(_ request: HTTPRequest) throws(Refused) -> Call {
        let key = try key(request)
        let consistency = try request.parameters().consistency()
        let tags = try EntityTags(request.headers.all("if-none-match"), header: "If-None-Match")
        return Call(body: .read(.get(key: key), consistency), rendering: .get(key: key, ifNoneMatch: tags))
    }

    private func put(_ request: HTTPRequest) throws(Refused) -> Call {
        let key = try key(request)
        guard request.body.count <= maxValueSize else {
            throw Refused(
                .contentTooLarge, "value_too_large",
                "the value has \(request.body.count) bytes; --max-value-size allows \(maxValueSize)")
        }
        var condition = try ifMatch(request)
        if let tags = try EntityTags(request.headers.all("if-none-match"), header: "If-None-Match") {
            guard case .any = tags, case .none = condition else {
                throw .badRequest("invalid_precondition", "PUT takes either If-Match or `If-None-Match: *`")
            }
            condition = .absent
        }
        return write(.put(key: key, value: request.body, condition: condition), try retryKey(request, key), .put)
    }

    private func delete(_ request: HTTPRequest) throws(Refused) -> Call {
        let key = try key(request)
        guard !request.headers.contains("if-none-match") else {
            throw .badRequest("invalid_precondition", "DELETE takes If-Match only")
        }
        return write(.delete(key: key, condition: try ifMatch(request)), try retryKey(request, key), .delete)
    }

    private func write(_ operation: Operation, _ retryKey: IdempotencyKey?, _ rendering: Rendering) -> Call {
        Call(body: .write(operation, key: retryKey), rendering: rendering)
    }

    private func retryKey(_ request: HTTPRequest, _ key: [UInt8]) throws(Refused) -> IdempotencyKey? {
        try IdempotencyKeyHeader.read(request, path: Array(KeyValueEndpoint.prefix.utf8) + key)
    }

    private func list(_ request: HTTPRequest) throws(Refused) -> Call {
        try request.requireRead()
        let parameters = try request.parameters()
        let startAfter = parameters.first("start_after")
        let query = Query.list(
            prefix: parameters.first("prefix") ?? [], startAfter: startAfter, limit: try parameters.limit(),
            maxBytes: PageLimit.maxBytes)
        return Call(body: .read(query, try parameters.consistency()), rendering: .list)
    }

    // MARK: Parts of a request

    /// All that follows `/v1/kv/`, decoded once.
    private func key(_ request: HTTPRequest) throws(Refused) -> [UInt8] {
        guard let key = RequestTarget.percentDecoded(request.path.dropFirst(KeyValueEndpoint.prefix.utf8.count)) else {
            throw .badRequest("invalid_key", "the key is not well percent-encoded")
        }
        do {
            try Key.validate(key)
        } catch {
            throw .badRequest("invalid_key", "\(error)")
        }
        return key
    }

    private func ifMatch(_ request: HTTPRequest) throws(Refused) -> Condition {
        switch try EntityTags(request.headers.all("if-match"), header: "If-Match") {
        case .none: return .none
        case .any: return .exists
        case .list(let tags): return .matchesAny(revisions: tags.filter { !$0.isWeak }.compactMap(\.revision))
        }
    }
}
