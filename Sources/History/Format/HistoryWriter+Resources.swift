import Bytes

// Operations on session logs and heaps as JSON.

extension HistoryWriter {
    mutating func write(_ request: HistorySessionRequest) {
        named(request.action.name) { writer in
            writer.pair("session", request.session)
            switch request.action {
            case .append(let entry, let expected):
                writer.write(entry)
                switch expected {
                case .anything: break
                case .empty: writer.pair("expected_head", optional: nil)
                case .heap(let heap): writer.pair("expected_head", heap)
                }
            case .fork(let target): writer.pair("to", target)
            case .trim(let index): writer.pair("before", index)
            case .delete: break
            case .entries(let startAfter, let limit, let isStale):
                if let startAfter { writer.pair("start_after", startAfter) }
                writer.pair("limit", UInt64(limit))
                if isStale { writer.pair("stale", true) }
            case .latest(let isStale): if isStale { writer.pair("stale", true) }
            }
        }
    }

    mutating func write(_ result: HistorySessionResult) {
        switch result {
        case .appended(let index, let revision):
            pair("index", index)
            pair("revision", revision)
        case .headMismatch(let head):
            pair("mismatch", true)
            pair("head", optional: head)
        case .forked(let revision):
            pair("forked", true)
            if let revision { pair("revision", revision) }
        case .targetExists: pair("target_exists", true)
        case .sourceEmpty: pair("source_empty", true)
        case .trimmed(let revision, let removed):
            pair("revision", revision)
            pair("removed", removed)
        case .deleted(let revision, let deleted):
            pair("revision", revision)
            pair("deleted", deleted)
        case .entries(let entries, let hasMore):
            array("entries", entries) { $0.write($1) }
            pair("more", hasMore)
        case .latest(let logged?): named("entry") { $0.write(logged) }
        case .latest(nil): pair("entry", optional: nil)
        }
    }

    private mutating func write(_ logged: HistoryLogged) {
        pair("index", logged.index)
        write(logged.entry)
    }

    private mutating func write(_ entry: HistoryEntry) {
        pair("heap", entry.heap)
        pair("code", entry.code)
    }

    mutating func write(_ request: HistoryHeapRequest) {
        named(request.action.name) { writer in
            writer.pair("heap", request.heap)
            switch request.action {
            case .replace(let tags): writer.pair("tags", tags)
            case .merge(let changes): writer.pair("tags", changes)
            case .clear: break
            case .tags(let isStale): if isStale { writer.pair("stale", true) }
            }
        }
    }

    mutating func write(_ result: HistoryHeapResult) {
        switch result {
        case .changed(let tags, let revision):
            pair("tags", tags)
            if let revision { pair("revision", revision) }
        case .cleared(let revision, let deleted):
            pair("revision", revision)
            pair("deleted", deleted)
        case .tags(let tags): pair("tags", tags)
        }
    }
}

extension HistorySessionRequest.Action {
    fileprivate var name: String {
        switch self {
        case .append: "append"
        case .fork: "fork"
        case .trim: "trim"
        case .delete: "drop"
        case .entries: "entries"
        case .latest: "latest"
        }
    }
}

extension HistoryHeapRequest.Action {
    fileprivate var name: String {
        switch self {
        case .replace: "replace"
        case .merge: "merge"
        case .clear: "clear"
        case .tags: "tags"
        }
    }
}
