import Bytes

extension HistorySessionRequest {
    /// Reads what stands under `name`.
    init(_ name: String, _ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let others = [
            "append": ["heap", "code", "expected_head"], "fork": ["to"], "trim": ["before"],
            "entries": ["start_after", "limit", "stale"], "latest": ["stale"],
        ]
        let fields = try HistoryFields(value, name, members: ["session"] + (others[name] ?? []))
        let action: Action
        switch name {
        case "append":
            action = .append(try HistoryEntry(fields, &symbols), expecting: try HistoryHead(fields, &symbols))
        case "fork": action = .fork(to: try fields.symbol("to", &symbols))
        case "trim": action = .trim(before: try fields.number("before"))
        case "entries":
            action = .entries(
                startAfter: try fields.optionalNumber("start_after"), limit: Int(clamping: try fields.number("limit")),
                isStale: try fields.flag("stale"))
        case "latest": action = .latest(isStale: try fields.flag("stale"))
        default: action = .delete
        }
        self.init(try fields.symbol("session", &symbols), action)
    }
}

extension HistoryHead {
    /// Left out: anything; null: a log without entries.
    fileprivate init(_ fields: HistoryFields, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        guard fields.has("expected_head") else {
            self = .anything
            return
        }
        self = try fields.optionalSymbol("expected_head", &symbols).map(HistoryHead.heap) ?? .empty
    }
}

extension HistoryEntry {
    fileprivate init(_ fields: HistoryFields, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        self.init(heap: try fields.symbol("heap", &symbols), code: try fields.symbol("code", &symbols))
    }
}

extension HistoryLogged {
    fileprivate init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let fields = try HistoryFields(value, "an entry", members: ["index", "heap", "code"])
        self.init(index: try fields.number("index"), try HistoryEntry(fields, &symbols))
    }
}

extension HistorySessionResult {
    init(
        _ value: JSONValue, of request: HistorySessionRequest, _ symbols: inout SymbolTable
    ) throws(HistoryFields.Failure) {
        switch request.action {
        case .append:
            let fields = try HistoryFields(
                value, "the result of an append", members: ["index", "revision", "mismatch", "head"])
            if fields.has("mismatch") {
                self = .headMismatch(head: try fields.optionalSymbol("head", &symbols))
            } else {
                self = .appended(index: try fields.number("index"), revision: try fields.number("revision"))
            }
        case .fork:
            let fields = try HistoryFields(
                value, "the result of a fork", members: ["forked", "revision", "target_exists", "source_empty"])
            if fields.has("target_exists") {
                self = .targetExists
            } else if fields.has("source_empty") {
                self = .sourceEmpty
            } else {
                guard try fields.bool("forked") else { throw fields.wrong("forked", "false") }
                self = .forked(revision: try fields.optionalNumber("revision"))
            }
        case .trim:
            let fields = try HistoryFields(value, "the result of a trim", members: ["revision", "removed"])
            self = .trimmed(revision: try fields.number("revision"), removed: try fields.number("removed"))
        case .delete:
            let fields = try HistoryFields(value, "the result of a drop", members: ["revision", "deleted"])
            self = .deleted(revision: try fields.number("revision"), deleted: try fields.bool("deleted"))
        case .entries:
            let fields = try HistoryFields(value, "a page of entries", members: ["entries", "more"])
            var entries: [HistoryLogged] = []
            for element in try fields.array("entries") { entries.append(try HistoryLogged(element, &symbols)) }
            self = .entries(entries, hasMore: try fields.bool("more"))
        case .latest:
            let fields = try HistoryFields(value, "the latest entry", members: ["entry"])
            let entry = try fields.value("entry")
            self = .latest(entry.isNull ? nil : try HistoryLogged(entry, &symbols))
        }
    }
}

extension HistoryHeapRequest {
    /// Reads what stands under `name`.
    init(_ name: String, _ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let others = ["replace": ["tags"], "merge": ["tags"], "tags": ["stale"]]
        let fields = try HistoryFields(value, name, members: ["heap"] + (others[name] ?? []))
        let action: Action
        switch name {
        case "replace": action = .replace(try fields.tags("tags", &symbols))
        case "merge": action = .merge(try fields.values("tags", &symbols))
        case "clear": action = .clear
        default: action = .tags(isStale: try fields.flag("stale"))
        }
        self.init(try fields.symbol("heap", &symbols), action)
    }
}

extension HistoryHeapResult {
    init(
        _ value: JSONValue, of request: HistoryHeapRequest, _ symbols: inout SymbolTable
    ) throws(HistoryFields.Failure) {
        switch request.action {
        case .replace, .merge:
            let fields = try HistoryFields(value, "the result of a change of tags", members: ["tags", "revision"])
            self = .changed(try fields.tags("tags", &symbols), revision: try fields.optionalNumber("revision"))
        case .clear:
            let fields = try HistoryFields(value, "the result of a clear", members: ["revision", "deleted"])
            self = .cleared(revision: try fields.number("revision"), deleted: try fields.bool("deleted"))
        case .tags:
            let fields = try HistoryFields(value, "the tags of a heap", members: ["tags"])
            self = .tags(try fields.tags("tags", &symbols))
        }
    }
}

extension HistoryFields {
    /// An object of texts, or of nulls.
    fileprivate func values(_ name: String, _ symbols: inout SymbolTable) throws(Failure) -> [Symbol: Symbol?] {
        guard let object = try value(name).object else { throw wrong(name, "no object") }
        var values: [Symbol: Symbol?] = [:]
        for member in object.members {
            let text = member.value.string
            guard text != nil || member.value.isNull else { throw wrong(name, "not of texts") }
            values.updateValue(text.map { symbols.intern($0) }, forKey: symbols.intern(member.key))
        }
        return values
    }

    fileprivate func tags(_ name: String, _ symbols: inout SymbolTable) throws(Failure) -> HistoryTags {
        var tags: HistoryTags = [:]
        for (key, value) in try values(name, &symbols) {
            guard let value else { throw wrong(name, "not of texts alone") }
            tags[key] = value
        }
        return tags
    }
}
