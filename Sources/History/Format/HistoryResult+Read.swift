import Bytes

extension HistoryResult {
    /// Reads what became of `request`.
    init(_ value: JSONValue, of request: HistoryRequest, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let members = value.object?.members.map(\.key) ?? []
        if members == ["unknown"] || members == ["refused"] {
            let fields = try HistoryFields(value, "the result", members: members)
            guard try fields.bool(members[0]) else { throw fields.wrong(members[0], "false") }
            self = members == ["unknown"] ? .unknown : .refused
            return
        }
        if members.contains("failed") {
            let fields = try HistoryFields(value, "the result", members: ["failed", "current"])
            guard try fields.bool("failed") else { throw fields.wrong("failed", "false") }
            self = .conditionFailed(current: try fields.optionalNumber("current"))
            return
        }
        switch request {
        case .put:
            let fields = try HistoryFields(value, "the result of a put", members: ["revision", "created"])
            self = .put(revision: try fields.number("revision"), created: try fields.bool("created"))
        case .delete:
            let fields = try HistoryFields(value, "the result of a delete", members: ["revision", "deleted"])
            self = .delete(revision: try fields.number("revision"), deleted: try fields.bool("deleted"))
        case .get: self = .value(try HistoryResult.found(value, &symbols))
        case .list: self = .page(try HistoryPage(value, &symbols))
        case .transaction: self = try HistoryResult.transaction(value, &symbols)
        case .watch: self = try HistoryResult.events(value, &symbols)
        case .session(let request): self = .session(try HistorySessionResult(value, of: request, &symbols))
        case .heap(let request): self = .heap(try HistoryHeapResult(value, of: request, &symbols))
        }
    }

    private static func found(
        _ value: JSONValue, _ symbols: inout SymbolTable
    ) throws(HistoryFields.Failure) -> HistoryValue? {
        let fields = try HistoryFields(value, "the result of a get", members: ["value", "revision", "absent"])
        if fields.has("absent") {
            guard try fields.bool("absent"), !fields.has("value") else { throw fields.wrong("absent", "not alone") }
            return nil
        }
        return try HistoryValue(fields, &symbols)
    }

    private static func transaction(
        _ value: JSONValue, _ symbols: inout SymbolTable
    ) throws(HistoryFields.Failure) -> HistoryResult {
        let fields = try HistoryFields(
            value, "the result of a transaction", members: ["succeeded", "revision", "results"])
        var results: [StepResult] = []
        for element in try fields.array("results") { results.append(try StepResult(element, &symbols)) }
        return .transaction(
            succeeded: try fields.bool("succeeded"), revision: try fields.number("revision"), results: results)
    }

    private static func events(
        _ value: JSONValue, _ symbols: inout SymbolTable
    ) throws(HistoryFields.Failure) -> HistoryResult {
        let fields = try HistoryFields(value, "the result of a watch", members: ["events", "until"])
        var events: [HistoryEvent] = []
        for element in try fields.array("events") {
            let event = try HistoryFields(element, "an event", members: ["revision", "n", "key", "value"])
            guard let number = UInt32(exactly: try event.number("n")) else { throw event.wrong("n", "too large") }
            events.append(
                HistoryEvent(
                    revision: try event.number("revision"), number: number, key: try event.symbol("key", &symbols),
                    value: try event.optionalSymbol("value", &symbols)))
        }
        return .events(events, until: try fields.number("until"))
    }
}

extension HistoryValue {
    fileprivate init(_ fields: HistoryFields, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        self.init(value: try fields.symbol("value", &symbols), revision: try fields.number("revision"))
    }
}

extension HistoryPage {
    fileprivate init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let fields = try HistoryFields(value, "the result of a list", members: ["revision", "entries", "more"])
        var entries: [Entry] = []
        for element in try fields.array("entries") {
            let entry = try HistoryFields(element, "an entry", members: ["key", "value", "revision"])
            entries.append(Entry(key: try entry.symbol("key", &symbols), try HistoryValue(entry, &symbols)))
        }
        self.init(revision: try fields.number("revision"), entries: entries, hasMore: try fields.bool("more"))
    }
}

extension HistoryResult.StepResult {
    fileprivate init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let (name, body) = try HistoryFields.only(value, "the result of a step")
        switch name {
        case "put":
            self = .put(created: try HistoryFields(body, "put", members: ["created"]).bool("created"))
        case "delete":
            self = .delete(deleted: try HistoryFields(body, "delete", members: ["deleted"]).bool("deleted"))
        case "get" where body.isNull: self = .get(nil)
        case "get":
            self = .get(try HistoryValue(HistoryFields(body, "get", members: ["value", "revision"]), &symbols))
        default: throw HistoryFields.Failure(reason: "no such result of a step: `\(name)`")
        }
    }
}
