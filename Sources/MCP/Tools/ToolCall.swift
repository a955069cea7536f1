import Bytes
import Documents
import StateMachine

/// `tools/call`: what a call asks for.
struct ToolCall {
    /// The longest key of a client, in bytes.
    private static let maximumKeyCount = 255

    let tool: Tool
    let arguments: Arguments
    /// The log of the MCP session, where the call names none.
    let defaultSession: [UInt8]?
    let result: ToolResult

    /// The most bytes that one call may write.
    let maxValueSize: Int
    /// About how many bytes of content a page may have.
    let pageBytes: Int

    /// - Throws: which argument is wrong.
    func work() throws(ArgumentFailure) -> Work {
        switch tool {
        case .listSessions:
            let query = SessionQuery.names(
                startAfter: try cursor(), limit: try limit(), maxBytes: pageBytes)
            return read(.session(query))
        case .listSessionSnapshots: return try snapshots()
        case .appendSessionEntry:
            let entry = try SessionEntry(arguments)
            guard entry.byteCount <= maxValueSize else {
                throw ArgumentFailure("code", "is too long: an entry may have \(maxValueSize) bytes (--max-value-size)")
            }
            let expected = try ExpectedHead(arguments, "expected_head")
            return try write(.session(SessionCommand(try session(), .append(entry, expecting: expected))))
        case .forkSession:
            let (source, target) = (try arguments.requiredName("from"), try arguments.requiredName("to"))
            return try write(.session(SessionCommand(source, .fork(to: target))))
        case .getHeapTags: return read(.heap(.tags(heap: try arguments.requiredName("heap"))))
        case .setHeapTags: return try change(.replace(try TagArguments.tags(try tagObject())))
        case .mergeHeapTags: return try change(.merge(try TagArguments.changes(try tagObject())))
        case .deleteHeapTags: return try change(try deletion())
        case .queryHeapsByTags:
            let query = HeapQuery.heaps(
                with: try TagArguments.tags(try tagObject()), startAfter: try cursor(), limit: try limit(),
                maxBytes: pageBytes)
            return read(.heap(query))
        }
    }

    private func read(_ question: Read) -> Work { .read(question) { [result] in result.reply(to: $0) } }

    private func change(_ action: HeapCommand.Action) throws(ArgumentFailure) -> Work {
        try write(.heap(HeapCommand(try arguments.requiredName("heap"), action)))
    }

    private func write(_ operation: Operation) throws(ArgumentFailure) -> Work {
        .write(operation, key: try retryKey(operation)) { [result] in result.reply(to: $0) }
    }

    // MARK: Arguments

    private func snapshots() throws(ArgumentFailure) -> Work {
        let fields = try arguments.text("fields")
        let shown = try fields.map { (list) throws(ArgumentFailure) in try SessionFields(list: list) } ?? .all
        var start: UInt64?
        if let cursor = try arguments.text("cursor") {
            guard let index = UInt64(String(decoding: cursor, as: UTF8.self)) else { throw Cursor.invalid }
            start = index
        }
        let query = SessionQuery.entries(
            session: try session(), startAfter: start, limit: try limit(), maxBytes: pageBytes)
        let result = result.showing(shown)
        return .read(.session(query)) { result.reply(to: $0) }
    }

    private func session() throws(ArgumentFailure) -> [UInt8] {
        if let session = try arguments.name("session") ?? defaultSession { return session }
        throw ArgumentFailure(
            "session", "is missing: name a session log, or have the client send the header X-MCP-Session-Id")
    }

    private func limit() throws(ArgumentFailure) -> Int {
        guard let value = arguments["limit"], !value.isNull else { return PageLimit.standard }
        guard let limit = value.uint64, PageLimit.range.contains(Int(clamping: limit)) else {
            throw ArgumentFailure("limit", "is a whole number from 1 to \(PageLimit.range.upperBound)")
        }
        return Int(limit)
    }

    private func cursor() throws(ArgumentFailure) -> [UInt8]? {
        guard let text = try arguments.text("cursor") else { return nil }
        guard let place = Cursor.decode(String(decoding: text, as: UTF8.self)) else { throw Cursor.invalid }
        return place
    }

    private func tagObject() throws(ArgumentFailure) -> JSONObject {
        guard let value = arguments["tags"] else { throw ArgumentFailure("tags", "is missing") }
        guard let object = value.object else { throw ArgumentFailure("tags", "is no object of text values") }
        return object
    }

    private func deletion() throws(ArgumentFailure) -> HeapCommand.Action {
        guard let list = try arguments.text("keys") else { return .clear }
        var keys: Set<[UInt8]> = []
        for part in list.split(separator: UInt8(ascii: ",")) {
            let key = Array(part.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
            if let refusal = HeapTag.refusal(key: key, value: nil) { throw ArgumentFailure("keys", refusal) }
            keys.insert(key)
        }
        guard !keys.isEmpty else { throw ArgumentFailure("keys", "names no key; leave it out to delete all tags") }
        let ascending = keys.sorted { $0.lexicographicallyPrecedes($1) }
        return .merge(ascending.map { TagChange(key: $0, value: nil) })
    }

    /// The same call again under the same key has the first outcome, however its arguments are spelled.
    private func retryKey(_ operation: Operation) throws(ArgumentFailure) -> IdempotencyKey? {
        guard let key = try arguments.text("idempotency_key") else { return nil }
        guard (1...ToolCall.maximumKeyCount).contains(key.count) else {
            throw ArgumentFailure("idempotency_key", "has 1 to \(ToolCall.maximumKeyCount) bytes, not \(key.count)")
        }
        let command = Command(operation).encode()
        var hash = FNV1a()
        hash.add(command)
        // No HTTP method has a slash, so this is never the scope of a REST request.
        let target = operation.target ?? []
        let scope = Array("tools/call \(tool.rawValue) \(target.count) ".utf8) + target + key
        return IdempotencyKey(scope: scope, fingerprint: hash.value)
    }
}

extension Operation {
    /// The session log or the heap that it changes.
    fileprivate var target: [UInt8]? {
        switch self {
        case .session(let command): command.session
        case .heap(let command): command.heap
        default: nil
        }
    }
}
