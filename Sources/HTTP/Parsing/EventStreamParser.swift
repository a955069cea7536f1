/// Reads server-sent events (WHATWG HTML, 9.2), fed at any split.
package struct EventStreamParser {
    package struct Event: Equatable {
        package var name: String
        package var id: String?
        package var data: String

        package init(name: String = "message", id: String? = nil, data: String = "") {
            self.name = name
            self.id = id
            self.data = data
        }
    }

    private var line: [UInt8] = []
    private var event = Event()
    private var isEmpty = true
    private var endedWithCR = false

    package init() {}

    /// - Returns: the events that are complete now.
    package mutating func add(_ bytes: [UInt8]) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            defer { endedWithCR = byte == UInt8(ascii: "\r") }
            if byte == UInt8(ascii: "\n"), endedWithCR { continue }
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                line.append(byte)
                continue
            }
            if line.isEmpty {
                if !isEmpty { events.append(event) }
                event = Event()
                isEmpty = true
            } else {
                take(line)
                line.removeAll(keepingCapacity: true)
            }
        }
        return events
    }

    private mutating func take(_ line: [UInt8]) {
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        var value = line.dropFirst(name.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        let text = String(decoding: value, as: UTF8.self)
        switch String(decoding: name, as: UTF8.self) {
        case "event": event.name = text
        case "id": event.id = text
        case "data": event.data += event.data.isEmpty ? text : "\n" + text
        default: return  // a comment, or what later servers say
        }
        isEmpty = false
    }
}
