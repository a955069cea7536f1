import Bytes

extension History {
    /// The operation at `place` as a line, its end included, as ``HistoryReader`` reads it.
    /// - Precondition: all its strings are UTF-8.
    package func line(at place: Int) -> [UInt8] {
        let operation = operations[place]
        var json = HistoryWriter(symbols: symbols)
        json.write(operation)
        return json.bytes + [UInt8(ascii: "\n")]
    }
}

/// Writes operations of a history as JSON.
struct HistoryWriter {
    private let symbols: SymbolTable
    private var json = JSONWriter()

    init(symbols: SymbolTable) { self.symbols = symbols }

    var bytes: [UInt8] { json.bytes }

    mutating func write(_ operation: HistoryOperation) {
        object { writer in
            writer.pair("client", operation.client)
            writer.pair("node", operation.node)
            writer.pair("start", operation.start)
            writer.pair("end", operation.end)
            if let key = operation.idempotencyKey { writer.pair("idempotency_key", key) }
            writer.json.key("op")
            writer.object { $0.write(operation.request) }
            writer.json.key("result")
            writer.object { $0.write(operation.result) }
        }
    }

    // MARK: Requests

    private mutating func write(_ request: HistoryRequest) {
        switch request {
        case .put(let key, let value, let condition):
            named("put") { writer in
                writer.pair("key", key)
                writer.pair("value", value)
                writer.write(condition)
            }
        case .delete(let key, let condition):
            named("delete") { writer in
                writer.pair("key", key)
                writer.write(condition)
            }
        case .get(let key, let isStale):
            named("get") { writer in
                writer.pair("key", key)
                if isStale { writer.pair("stale", true) }
            }
        case .list(let list): named("list") { $0.write(list) }
        case .transaction(let transaction): named("txn") { $0.write(transaction) }
        case .watch(let prefix, let from):
            named("watch") { writer in
                writer.pair("prefix", prefix)
                writer.pair("from_revision", from)
            }
        case .session(let request): write(request)
        case .heap(let request): write(request)
        }
    }

    private mutating func write(_ condition: HistoryCondition) {
        switch condition {
        case .none: break
        case .absent: pair("if_absent", true)
        case .exists: pair("if_exists", true)
        case .revision(let revision): pair("if_revision", revision)
        }
    }

    private mutating func write(_ list: HistoryList) {
        pair("prefix", list.prefix)
        if let startAfter = list.startAfter { pair("start_after", startAfter) }
        pair("limit", UInt64(list.limit))
        if list.isStale { pair("stale", true) }
    }

    private mutating func write(_ transaction: HistoryTransaction) {
        array("compare", transaction.compare) { writer, comparison in
            writer.pair("key", comparison.key)
            switch comparison.demand {
            case .value(let value): writer.pair("value", value)
            case .revision(let revision): writer.pair("revision", revision)
            case .exists(let exists): writer.pair("exists", exists)
            }
        }
        for (name, steps) in [("then", transaction.then), ("else", transaction.otherwise)] {
            array(name, steps) { writer, step in
                switch step {
                case .put(let key, let value):
                    writer.named("put") { writer in
                        writer.pair("key", key)
                        writer.pair("value", value)
                    }
                case .delete(let key): writer.named("delete") { $0.pair("key", key) }
                case .get(let key): writer.named("get") { $0.pair("key", key) }
                }
            }
        }
    }

    // MARK: Results

    private mutating func write(_ result: HistoryResult) {
        switch result {
        case .unknown: pair("unknown", true)
        case .refused: pair("refused", true)
        case .put(let revision, let created):
            pair("revision", revision)
            pair("created", created)
        case .delete(let revision, let deleted):
            pair("revision", revision)
            pair("deleted", deleted)
        case .conditionFailed(let current):
            pair("failed", true)
            pair("current", current)
        case .value(nil): pair("absent", true)
        case .value(let found?): write(found)
        case .page(let page):
            pair("revision", page.revision)
            array("entries", page.entries) { writer, entry in
                writer.pair("key", entry.key)
                writer.write(entry.found)
            }
            pair("more", page.hasMore)
        case .transaction(let succeeded, let revision, let results):
            pair("succeeded", succeeded)
            pair("revision", revision)
            array("results", results) { $0.write($1) }
        case .events(let events, let until):
            array("events", events) { $0.write($1) }
            pair("until", until)
        case .session(let result): write(result)
        case .heap(let result): write(result)
        }
    }

    private mutating func write(_ found: HistoryValue) {
        pair("value", found.value)
        pair("revision", found.revision)
    }

    private mutating func write(_ result: HistoryResult.StepResult) {
        switch result {
        case .put(let created): named("put") { $0.pair("created", created) }
        case .delete(let deleted): named("delete") { $0.pair("deleted", deleted) }
        case .get(let found?): named("get") { $0.write(found) }
        case .get(nil):
            json.key("get")
            json.null()
        }
    }

    private mutating func write(_ event: HistoryEvent) {
        pair("revision", event.revision)
        pair("n", UInt64(event.number))
        pair("key", event.key)
        pair("value", optional: event.value)
    }

    // MARK: Parts

    mutating func object(_ write: (inout HistoryWriter) -> Void) {
        json.beginObject()
        write(&self)
        json.endObject()
    }

    mutating func named(_ name: String, _ write: (inout HistoryWriter) -> Void) {
        json.key(name)
        object(write)
    }

    mutating func array<Element>(
        _ name: String, _ elements: [Element], _ write: (inout HistoryWriter, Element) -> Void
    ) {
        json.key(name)
        json.beginArray()
        for element in elements { object { write(&$0, element) } }
        json.endArray()
    }

    mutating func pair(_ name: String, _ symbol: Symbol) {
        json.key(name)
        json.value(utf8: symbols[symbol])
    }

    /// - Parameter symbol: `nil` for null.
    mutating func pair(_ name: String, optional symbol: Symbol?) {
        json.key(name)
        if let symbol { json.value(utf8: symbols[symbol]) } else { json.null() }
    }

    /// An object of values by key, in the order of the keys; null for a value that is to be taken away.
    mutating func pair(_ name: String, _ values: [Symbol: Symbol?]) {
        let sorted = values.sorted { symbols[$0.key].lexicographicallyPrecedes(symbols[$1.key]) }
        named(name) { writer in
            for (key, value) in sorted {
                writer.pair(String(decoding: writer.symbols[key], as: UTF8.self), optional: value)
            }
        }
    }

    mutating func pair(_ name: String, _ value: Bool) {
        json.key(name)
        json.value(value)
    }

    mutating func pair(_ name: String, _ number: UInt64?) {
        json.key(name)
        if let number { json.value(number) } else { json.null() }
    }
}
