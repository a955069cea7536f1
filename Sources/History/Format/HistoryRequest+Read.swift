import Bytes

extension HistoryRequest {
    /// Reads `{"put":{…}}` and its like.
    init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let (name, body) = try HistoryFields.only(value, "`op`")
        switch name {
        case "put":
            let fields = try HistoryFields(body, "put", members: ["key", "value"] + HistoryCondition.members)
            self = .put(
                key: try fields.symbol("key", &symbols), value: try fields.symbol("value", &symbols),
                try HistoryCondition(fields))
        case "delete":
            let fields = try HistoryFields(body, "delete", members: ["key"] + HistoryCondition.members)
            self = .delete(key: try fields.symbol("key", &symbols), try HistoryCondition(fields))
        case "get":
            let fields = try HistoryFields(body, "get", members: ["key", "stale"])
            self = .get(key: try fields.symbol("key", &symbols), isStale: try fields.flag("stale"))
        case "list": self = .list(try HistoryList(body, &symbols))
        case "txn": self = .transaction(try HistoryTransaction(body, &symbols))
        case "watch":
            let fields = try HistoryFields(body, "watch", members: ["prefix", "from_revision"])
            self = .watch(prefix: try fields.symbol("prefix", &symbols), from: try fields.number("from_revision"))
        case "append", "fork", "trim", "drop", "entries", "latest":
            self = .session(try HistorySessionRequest(name, body, &symbols))
        case "replace", "merge", "clear", "tags": self = .heap(try HistoryHeapRequest(name, body, &symbols))
        default: throw HistoryFields.Failure(reason: "no such operation: `\(name)`")
        }
    }
}

extension HistoryCondition {
    fileprivate static let members = ["if_revision", "if_absent", "if_exists"]

    fileprivate init(_ fields: HistoryFields) throws(HistoryFields.Failure) {
        let revision = try fields.optionalNumber("if_revision")
        switch (try fields.flag("if_absent"), try fields.flag("if_exists"), revision) {
        case (false, false, nil): self = .none
        case (true, false, nil): self = .absent
        case (false, true, nil): self = .exists
        case (false, false, let revision?): self = .revision(revision)
        default: throw HistoryFields.Failure(reason: "a write has one of if_absent, if_exists and if_revision")
        }
    }
}

extension HistoryList {
    fileprivate init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let fields = try HistoryFields(value, "list", members: ["prefix", "start_after", "limit", "stale"])
        self.init(
            prefix: try fields.symbol("prefix", &symbols),
            startAfter: try fields.optionalSymbol("start_after", &symbols),
            limit: Int(clamping: try fields.number("limit")), isStale: try fields.flag("stale"))
        guard limit > 0 else { throw fields.wrong("limit", "zero") }
    }
}

extension HistoryTransaction {
    fileprivate init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let fields = try HistoryFields(value, "txn", members: ["compare", "then", "else"])
        var (compare, branches): ([Comparison], [[Step]]) = ([], [])
        if fields.has("compare") {
            for element in try fields.array("compare") { compare.append(try Comparison(element, &symbols)) }
        }
        for name in ["then", "else"] {
            var steps: [Step] = []
            for element in fields.has(name) ? try fields.array(name) : [] {
                let step = try Step(element, &symbols)
                guard !steps.contains(where: { $0.key == step.key }) else {
                    throw fields.wrong(name, "a branch that names a key twice")
                }
                steps.append(step)
            }
            branches.append(steps)
        }
        self.init(compare: compare, then: branches[0], otherwise: branches[1])
    }
}

extension HistoryTransaction.Comparison {
    fileprivate init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let fields = try HistoryFields(value, "a comparison", members: ["key", "value", "revision", "exists"])
        let key = try fields.symbol("key", &symbols)
        if fields.has("value") {
            self.init(key: key, .value(try fields.symbol("value", &symbols)))
        } else if fields.has("revision") {
            self.init(key: key, .revision(try fields.number("revision")))
        } else {
            self.init(key: key, .exists(try fields.bool("exists")))
        }
    }
}

extension HistoryTransaction.Step {
    fileprivate init(_ value: JSONValue, _ symbols: inout SymbolTable) throws(HistoryFields.Failure) {
        let (name, body) = try HistoryFields.only(value, "a step")
        let fields = try HistoryFields(body, name, members: name == "put" ? ["key", "value"] : ["key"])
        let key = try fields.symbol("key", &symbols)
        switch name {
        case "put": self = .put(key: key, value: try fields.symbol("value", &symbols))
        case "delete": self = .delete(key: key)
        case "get": self = .get(key: key)
        default: throw HistoryFields.Failure(reason: "no such step: `\(name)`")
        }
    }
}
