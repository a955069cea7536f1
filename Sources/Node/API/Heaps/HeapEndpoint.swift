import Bytes
import Documents
import HTTP
import Replica
import StateMachine

/// `/v1/heaps`: what a request asks for. Pure: requests and answers are values.
struct HeapEndpoint {
    /// What to ask the replica, and what the answer will need to be rendered.
    struct Call {
        let body: ClientRequest.Body
        let rendering: Rendering
    }

    enum Rendering {
        case tags
        case heaps
        case change
    }

    static let path = "/v1/heaps"
    /// The most tags that a query may name.
    static let maxQueryTags = 32

    static func handles(_ path: ArraySlice<UInt8>) -> Bool { ResourcePath.lies(path, in: HeapEndpoint.path) }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    static func call(_ request: HTTPRequest) throws(Refused) -> Call {
        guard let path = try ResourcePath(request, in: HeapEndpoint.path) else { throw .notFound }
        guard let heap = path.name else { return try query(request) }
        guard path.tail == ["tags"] else { throw .notFound }
        switch request.method {
        case .get, .head:
            let consistency = try request.parameters().consistency()
            return Call(body: .read(.heap(.tags(heap: heap)), consistency), rendering: .tags)
        case .put: return try write(heap, .replace(try tags(request, TagArguments.tags)), request)
        case .patch: return try write(heap, .merge(try tags(request, TagArguments.changes)), request)
        case .delete: return try write(heap, .clear, request)
        default: throw .methodNotAllowed("GET, HEAD, PUT, PATCH, DELETE")
        }
    }

    private static func tags<Tags>(
        _ request: HTTPRequest, _ read: (JSONObject) throws(ArgumentFailure) -> Tags
    ) throws(Refused) -> Tags {
        let object = try request.jsonObject()
        return try Refused.unlessRead("invalid_tags") { () throws(ArgumentFailure) in try read(object) }
    }

    /// `tag=key=value`, each once for every tag that is wanted; the first `=` ends the key.
    private static func query(_ request: HTTPRequest) throws(Refused) -> Call {
        try request.requireRead()
        let parameters = try request.parameters()
        var tags: [HeapTag] = []
        for text in parameters.all("tag") {
            guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
                throw .badRequest("invalid_query", "a tag is `tag=key=value`")
            }
            let tag = HeapTag(key: Array(text[..<equals]), value: Array(text[(equals + 1)...]))
            if let refusal = HeapTag.refusal(key: tag.key, value: tag.value) {
                throw .badRequest("invalid_query", refusal)
            }
            if !tags.contains(tag) { tags.append(tag) }
        }
        guard tags.count <= maxQueryTags else {
            throw .badRequest("invalid_query", "a query names at most \(maxQueryTags) tags")
        }
        let query = HeapQuery.heaps(
            with: tags, startAfter: parameters.first("start_after"), limit: try parameters.limit(),
            maxBytes: PageLimit.maxBytes)
        return Call(body: .read(.heap(query), try parameters.consistency()), rendering: .heaps)
    }

    private static func write(
        _ heap: [UInt8], _ action: HeapCommand.Action, _ request: HTTPRequest
    ) throws(Refused) -> Call {
        let path = "\(HeapEndpoint.path)/\(RequestTarget.percentEncoded(heap))/tags"
        let key = try IdempotencyKeyHeader.read(request, path: Array(path.utf8))
        return Call(body: .write(.heap(HeapCommand(heap, action)), key: key), rendering: .change)
    }
}
