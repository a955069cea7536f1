import Bytes

// What a model reads of the tools.

extension Tool {
    var title: String {
        switch self {
        case .listSessions: "List session logs"
        case .listSessionSnapshots: "Read a session log"
        case .appendSessionEntry: "Append to a session log"
        case .forkSession: "Fork a session log"
        case .getHeapTags: "Read the tags of a heap"
        case .setHeapTags: "Replace the tags of a heap"
        case .mergeHeapTags: "Change some tags of a heap"
        case .deleteHeapTags: "Delete tags of a heap"
        case .queryHeapsByTags: "Find heaps by their tags"
        }
    }

    var text: String {
        switch self {
        case .listSessions:
            "Lists the names of all session logs, in byte order. Pass `next_cursor` back as `cursor` for the next page."
        case .listSessionSnapshots:
            """
            Lists the entries of a session log, oldest first: which code ran, from which heap snapshot (`input_heap`) to which \
            (`output_heap`). Use `fields` to leave out what you do not need, such as long code. Pass `next_cursor` back as \
            `cursor` for the next page.
            """
        case .appendSessionEntry:
            """
            Appends one entry to a session log and returns its index. To go on from a snapshot only if nobody else has, give \
            the `output_heap` of the latest entry you know as `expected_head` (null for an empty session). If you are not told \
            whether it happened, call again with the same `idempotency_key`: it is appended once.
            """
        case .forkSession:
            """
            Copies all entries of the session `from` to a new session `to`, which then goes its own way. Changes nothing if \
            `to` exists (`target_exists`) or `from` has no entries (`source_empty`).
            """
        case .getHeapTags: "Returns the tags of a heap snapshot; none for a heap that was never tagged."
        case .setHeapTags:
            "Gives a heap exactly these tags: all others it had are gone. To change some, use merge_heap_tags."
        case .mergeHeapTags:
            """
            Sets the given tags of a heap and keeps all others; a tag that is null is taken away. Safe beside others who merge \
            at the same time. Returns all tags that the heap has then.
            """
        case .deleteHeapTags: "Takes the tags named in `keys` from a heap, or all of them without `keys`."
        case .queryHeapsByTags:
            """
            Finds the heaps that have all of the given tags with exactly these values. A page may be short, or empty, although \
            `next_cursor` is there: pass it back as `cursor` until it is not.
            """
        }
    }

    /// As an item of `tools/list`.
    func definition(_ revision: ProtocolRevision) -> JSONValue {
        var tool = JSONObject([
            .init(key: "name", value: .string(rawValue)), .init(key: "description", value: .string(text)),
            .init(key: "inputSchema", value: inputSchema),
        ])
        if revision >= .march2025 { tool["annotations"] = annotations }
        if revision >= .june2025 {
            tool["title"] = .string(title)
            tool["outputSchema"] = outputSchema
        }
        return .object(tool)
    }

    private var annotations: JSONValue {
        var hints = JSONObject([
            .init(key: "title", value: .string(title)), .init(key: "readOnlyHint", value: .bool(isReadOnly)),
            .init(key: "openWorldHint", value: false),
        ])
        if !isReadOnly {
            hints["destructiveHint"] = .bool(isDestructive)
            hints["idempotentHint"] = .bool(isIdempotent)
        }
        return .object(hints)
    }
}
