import Bytes
import Documents
import StateMachine

/// `resources/…`: what the requests ask for, and how the answers look.
struct ResourceRequests {
    /// A session is shown by its newest entries: the tool has pages for all of them.
    private static let shownEntries = 100

    let revision: ProtocolRevision
    let server: Implementation
    /// About how many bytes of content a page may have.
    let pageBytes: Int

    // MARK: Lists

    /// All session logs, then all heaps that have tags, a page at a time.
    func list(_ params: JSONObject) throws(RPCError) -> Work {
        guard let cursor = try cursor(params) else { return sessions(after: nil) }
        guard let place = Cursor.decode(cursor), let kind = place.first.flatMap(Resource.Kind.init) else {
            throw .foreignCursor
        }
        let name = place.count > 1 ? Array(place.dropFirst()) : nil
        return kind == .session ? sessions(after: name) : heaps(after: name)
    }

    private func sessions(after name: [UInt8]?) -> Work {
        let query = SessionQuery.names(
            startAfter: name, limit: PageLimit.standard, maxBytes: pageBytes)
        return .read(.session(query)) { answer in
            guard case .session(.names(let names, let next)) = answer else { return .error(.unrelatedAnswer) }
            let place = next.map { [Resource.Kind.session.rawValue] + $0 } ?? [Resource.Kind.heap.rawValue]
            return page(names.map { Resource(.session, $0) }, next: place)
        }
    }

    private func heaps(after name: [UInt8]?) -> Work {
        let query = HeapQuery.heaps(
            with: [], startAfter: name, limit: PageLimit.standard, maxBytes: pageBytes)
        return .read(.heap(query)) { answer in
            guard case .heap(.heaps(let heaps, let next)) = answer else { return .error(.unrelatedAnswer) }
            return page(heaps.map { Resource(.heap, $0.name) }, next: next.map { [Resource.Kind.heap.rawValue] + $0 })
        }
    }

    private func page(_ resources: [Resource], next: [UInt8]?) -> Reply {
        let result = ResultText.object(revision, server, caching: 0) { json in
            json.key("resources")
            json.beginArray()
            for resource in resources {
                json.beginObject()
                json.pair("uri", ResourceURI.text(resource))
                json.pair("name", utf8: resource.name)
                json.pair("mimeType", "application/json")
                json.endObject()
            }
            json.endArray()
            if let next { json.pair("nextCursor", Cursor.encode(next)) }
        }
        return .result(result)
    }

    func templates(_ params: JSONObject) throws(RPCError) -> Work {
        guard try cursor(params) == nil else { throw .foreignCursor }
        let templates: [JSONValue] = [
            [
                "uriTemplate": "session:///{name}", "name": "session", "mimeType": "application/json",
                "description": .string("The newest \(ResourceRequests.shownEntries) entries of a session log."),
            ],
            [
                "uriTemplate": "heap:///{heap}", "name": "heap", "mimeType": "application/json",
                "description": "The tags of a heap snapshot.",
            ],
        ]
        let result = ResultText.object(revision, server, caching: ResultText.unchangingMilliseconds) { json in
            json.key("resourceTemplates")
            JSONValue.array(templates).write(to: &json)
        }
        return .answer(.result(result))
    }

    // MARK: Contents

    func read(_ params: JSONObject) throws(RPCError) -> Work {
        let uri = try uri(params)
        guard let resource = ResourceURI.resource(uri) else { throw .resourceNotFound(uri, revision) }
        switch resource.kind {
        case .session:
            let query = SessionQuery.tail(
                session: resource.name, limit: ResourceRequests.shownEntries, maxBytes: pageBytes)
            return .read(.session(query)) { answer in
                guard case .session(.tail(let entries)) = answer else { return .error(.unrelatedAnswer) }
                guard let entries else { return .error(.resourceNotFound(uri, revision)) }
                return contents(uri) { $0.list("entries", entries: entries) }
            }
        case .heap:
            return .read(.heap(.tags(heap: resource.name))) { answer in
                guard case .heap(.tags(let tags)) = answer else { return .error(.unrelatedAnswer) }
                guard !tags.isEmpty else { return .error(.resourceNotFound(uri, revision)) }
                return contents(uri) { $0.pair("tags", tags) }
            }
        }
    }

    private func contents(_ uri: String, _ write: (inout JSONWriter) -> Void) -> Reply {
        var text = JSONWriter(reserving: 256)
        text.beginObject()
        write(&text)
        text.endObject()
        let result = ResultText.object(revision, server, caching: 0) { json in
            json.key("contents")
            json.beginArray()
            json.beginObject()
            json.pair("uri", uri)
            json.pair("mimeType", "application/json")
            json.pair("text", utf8: text.bytes)
            json.endObject()
            json.endArray()
        }
        return .result(result)
    }

    // MARK: Subscriptions

    /// The URI of `resources/subscribe` and `resources/unsubscribe`. There need not be anything yet that it names.
    func subscription(_ params: JSONObject) throws(RPCError) -> [UInt8] {
        let uri = Array(try uri(params).utf8)
        guard (1...MCPSessionCommand.maximumURICount).contains(uri.count) else {
            throw .invalidParams("`uri` has 1 to \(MCPSessionCommand.maximumURICount) bytes, not \(uri.count)")
        }
        return uri
    }

    // MARK: Parameters

    private func uri(_ params: JSONObject) throws(RPCError) -> String {
        guard let uri = params["uri"]?.string else { throw .invalidParams("`uri` must be text") }
        return uri
    }

    private func cursor(_ params: JSONObject) throws(RPCError) -> String? {
        guard let value = params["cursor"], !value.isNull else { return nil }
        guard let cursor = value.string else { throw .invalidParams("`cursor` must be text") }
        return cursor
    }
}
