import HTTP
import Testing

@Suite struct EventStreamParserTests {
    private let stream =
        "event: put\nid: 7.0\ndata: {\"key\":\"é\"}\n\n: nothing\n\nevent: delete\r\nid:8.1\r\ndata: a\r\ndata:b\r\n\r\ndata"
    private let events: [EventStreamParser.Event] = [
        EventStreamParser.Event(name: "put", id: "7.0", data: "{\"key\":\"é\"}"),
        EventStreamParser.Event(name: "delete", id: "8.1", data: "a\nb"),
    ]

    @Test func eventsAreTheSameAtEverySplit() {
        let bytes = Array(stream.utf8)
        for split in bytes.indices {
            var parser = EventStreamParser()
            let found = parser.add(Array(bytes[..<split])) + parser.add(Array(bytes[split...]))
            #expect(found == events, "split at \(split)")
        }
    }

    @Test func anEventIsCompleteWithTheEmptyLine() {
        var parser = EventStreamParser()
        #expect(parser.add(Array("data: x\n".utf8)).isEmpty)
        #expect(parser.add(Array("\n".utf8)).map(\.data) == ["x"])
    }
}
