import Bytes

/// Reads a history of one JSON object a line:
///
///     {"client":3,"node":"n1","start":120,"end":340,"op":{…},"result":{…}}
///
/// An empty line, and one that begins with `#`, says nothing. Fed with pieces of any size; keeps no more than the operations and one line.
package struct HistoryReader: Sendable {
    package private(set) var history = History()
    private var line = 0
    /// The beginning of a line whose end has not come.
    private var rest: [UInt8] = []

    package init() {}

    /// Reads a whole history.
    package static func read(_ bytes: [UInt8]) throws(HistoryFailure) -> History {
        var reader = HistoryReader()
        try reader.take(bytes)
        return try reader.finish()
    }

    /// Takes what comes next of the file.
    package mutating func take(_ bytes: [UInt8]) throws(HistoryFailure) {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            rest.append(contentsOf: bytes[start..<end])
            try endLine()
            start = end + 1
        }
        rest.append(contentsOf: bytes[start...])
    }

    /// The file has ended.
    package mutating func finish() throws(HistoryFailure) -> History {
        if !rest.isEmpty { try endLine() }
        return history
    }

    private mutating func endLine() throws(HistoryFailure) {
        line += 1
        defer { rest.removeAll(keepingCapacity: true) }
        guard let first = rest.first(where: { $0 != UInt8(ascii: " ") }), first != UInt8(ascii: "#") else { return }
        do throws(HistoryFields.Failure) {
            history.append(try operation(rest))
        } catch {
            throw HistoryFailure(line: line, reason: error.reason)
        }
    }

    private mutating func operation(_ bytes: [UInt8]) throws(HistoryFields.Failure) -> HistoryOperation {
        let document: JSONValue
        do {
            document = try JSONParser.parse(bytes)
        } catch {
            throw HistoryFields.Failure(reason: "\(error)")
        }
        let fields = try HistoryFields(
            document, "the line", members: ["client", "node", "start", "end", "idempotency_key", "op", "result"])
        let request = try HistoryRequest(fields.value("op"), &history.symbols)
        let operation = HistoryOperation(
            line: line, client: try fields.number("client"), node: try fields.symbol("node", &history.symbols),
            start: try fields.number("start"), end: try fields.optionalNumber("end"),
            idempotencyKey: try fields.optionalSymbol("idempotency_key", &history.symbols),
            request, try HistoryResult(fields.value("result"), of: request, &history.symbols))
        guard operation.isWellFormed else {
            throw HistoryFields.Failure(reason: "the result is not one of the operation, or it ends before it starts")
        }
        return operation
    }
}
