import Bytes
import Documents
import StateMachine

/// How events look on the wire (WHATWG HTML, section 9.2).
enum EventStreamText {
    /// A change. Its `id` is `REVISION.N`.
    static func append(_ event: Event, to text: inout [UInt8]) {
        var json = JSONWriter(reserving: 64 + event.key.count)
        json.beginObject()
        json.pair("key", utf8: event.key)
        let name: String
        switch event.kind {
        case .put(let value):
            name = "put"
            json.pair(value: value)
        case .delete: name = "delete"
        }
        json.pair("revision", event.position.revision)
        json.endObject()
        append(name, id: event.position, data: json.bytes, to: &text)
    }

    /// Nothing has changed up to `revision`. A watch that goes on after `id` misses nothing.
    static func progress(revision: UInt64, id: EventPosition?) -> [UInt8] {
        var json = JSONWriter(reserving: 32)
        json.beginObject()
        json.pair("revision", revision)
        json.endObject()
        var text: [UInt8] = []
        append("progress", id: id, data: json.bytes, to: &text)
        return text
    }

    /// The last event of a stream that cannot go on.
    static func failure(_ document: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        append("error", id: nil, data: document, to: &text)
        return text
    }

    /// The client takes nothing.
    static let tooSlow: [UInt8] = {
        var json = JSONWriter()
        json.beginObject()
        json.pair("error", "the client has taken nothing for too long; go on after the last event")
        json.pair("code", "too_slow")
        json.endObject()
        return json.bytes
    }()

    /// The node must not be believed any more.
    static func unavailable(_ reason: String) -> [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.pair("error", reason)
        json.pair("code", "unavailable")
        json.endObject()
        return json.bytes
    }

    /// What a watch asks for has fallen out of the history.
    static func belowFloor(_ floor: UInt64, revision: UInt64) -> [UInt8] {
        var json = JSONWriter(reserving: 192)
        json.beginObject()
        json.pair(
            "error", "changes are kept from revision \(floor) on; read the present state, then watch from its revision")
        json.pair("code", "below_floor")
        json.pair("floor", floor)
        json.pair("revision", revision)
        json.endObject()
        return json.bytes
    }

    /// To be seen by nobody: shows whether the connection still holds.
    static let comment = Array(":\n\n".utf8)

    /// The last words of a server that stops: come back soon, at any node.
    static let goodbye = Array("retry: 100\n: the server stops\n\n".utf8)

    /// A message of JSON-RPC.
    static func message(_ json: [UInt8], id: EventPosition? = nil) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(json.count + 64)
        append("message", id: id, data: json, to: &text)
        return text
    }

    /// No message, but where the client is: it comes back with this as `Last-Event-ID`.
    static func place(_ id: EventPosition) -> [UInt8] { Array("id: \(id)\ndata:\n\n".utf8) }

    /// Where the client is to send its messages (HTTP+SSE, revision 2024-11-05).
    static func endpoint(_ path: String) -> [UInt8] { Array("event: endpoint\ndata: \(path)\n\n".utf8) }

    /// How soon a client should try again, in milliseconds.
    static let comeBackSoon = Array("retry: 100\n\n".utf8)

    /// The same for a stream that another has taken the place of: two should not take turns.
    static let comeBackLate = Array("retry: 30000\n\n".utf8)

    private static func append(_ name: String, id: EventPosition?, data: [UInt8], to text: inout [UInt8]) {
        text.append(contentsOf: "event: \(name)\n".utf8)
        if let id { text.append(contentsOf: "id: \(id)\n".utf8) }
        // JSON has no line ends of its own.
        text.append(contentsOf: "data: ".utf8)
        text.append(contentsOf: data)
        text.append(contentsOf: "\n\n".utf8)
    }
}

extension EventPosition {
    /// Reads `REVISION.N`, as `id:` and `Last-Event-ID` have it; nil for anything else.
    init?(id: String) {
        let parts = id.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let revision = Decimal.number(parts[0]), let number = Decimal.number(parts[1]),
            let number = UInt32(exactly: number)
        else { return nil }
        self.init(revision: revision, number: number)
    }
}
