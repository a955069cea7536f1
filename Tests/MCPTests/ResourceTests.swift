import Bytes
import StateMachine
import Testing

@testable import MCP

/// Session logs and heaps as resources, and what is told of their changes.
@Suite struct ResourceTests {
    private func filled(_ sessions: Int, _ heaps: Int) throws -> ToolWorld {
        var world = ToolWorld()
        for number in 0..<sessions {
            let name = JSONValue.string("s\(1000 + number)/ä")
            #expect(
                try world.call("append_session_entry", ["session": name, "code": "", "output_heap": "h"]).contains(
                    "index"))
        }
        for number in 0..<heaps {
            let heap = JSONValue.string("h\(1000 + number)")
            #expect(try world.call("set_heap_tags", ["heap": heap, "tags": ["k": "v"]]).contains("ok"))
        }
        return world
    }

    @Test(arguments: [(0, 0), (3, 0), (0, 3), (150, 250)])
    func allOfThemAreListedOnce(sessions: Int, heaps: Int) throws {
        var world = try filled(sessions, heaps)
        var uris: [String] = []
        var cursor: JSONValue?
        repeat {
            let page = try world.ask("resources/list", cursor.map { ["cursor": $0] } ?? [:])
            uris += try #require(page["resources"]?.array).compactMap { $0.object?["uri"]?.string }
            cursor = page["nextCursor"]
        } while cursor != nil && uris.count < 1000
        #expect(uris.count == sessions + heaps && Set(uris).count == uris.count)
        #expect(uris.first.map { $0 == "session:///s1000%2F%C3%A4" || sessions == 0 } ?? true)
        for uri in uris { #expect(try world.ask("resources/read", ["uri": .string(uri)])["contents"] != nil) }
    }

    @Test func aSessionShowsItsNewestEntries() throws {
        var world = ToolWorld()
        for number in 0..<130 {
            let code = JSONValue.string("\(number)")
            #expect(
                try world.call("append_session_entry", ["session": "s", "code": code, "output_heap": "h"]).contains(
                    "index")
            )
        }
        let result = try world.ask("resources/read", ["uri": "session:///s"])
        let contents = try #require(result["contents"]?.array?.first?.object)
        #expect(contents["uri"] == "session:///s" && contents["mimeType"] == "application/json")
        let text = try #require(contents["text"]?.string)
        let entries = try #require(try JSONParser.parse(Array(text.utf8)).object?["entries"]?.array)
        #expect(entries.compactMap { $0.object?["index"]?.uint64 } == Array(30..<130))
    }

    @Test(arguments: [
        "session:///none", "heap:///none", "other:///s", "session:///", "session:///%", "session://s", "",
    ])
    func whatIsNotThereIsNotFound(uri: String) throws {
        var world = ToolWorld()
        let error = try world.error("resources/read", ["uri": .string(uri)])
        #expect(error?.code == -32602 && error?.data == ["uri": .string(uri)])
        world.revision = .november2025
        #expect(try world.error("resources/read", ["uri": .string(uri)])?.code == -32002)
    }

    @Test(arguments: ["?", "", "QQ==", "Aw=="])
    func aForeignCursorIsRefused(cursor: String) throws {
        var world = ToolWorld()
        #expect(try world.error("resources/list", ["cursor": .string(cursor)])?.code == -32602)
    }

    @Test(arguments: ["a", "a:b", "a/b", "ä%", " ", "\u{0}", "~-._"])
    func everyNameHasAnAddressOfItsOwn(name: String) throws {
        for kind in [Resource.Kind.session, .heap] {
            let resource = Resource(kind, Array(name.utf8))
            let text = ResourceURI.text(resource)
            #expect(ResourceURI.resource(text) == resource)
            #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        }
    }

    // MARK: Changes

    private func messages(_ feed: inout ChangeFeed, _ state: StateMachine) throws -> [JSONObject] {
        var found: [JSONObject] = []
        while feed.isBehind(state) {
            guard case .messages(let messages) = feed.next(state) else { throw CancellationError() }
            found += try messages.map { try #require(try JSONParser.parse($0).object) }
        }
        return found
    }

    @Test func aStreamTellsOfWhatItPromisedAndNothingElse() throws {
        var world = try filled(1, 1)
        let subscription = Subscription(resourcesListChanged: true, uris: ["session:///s", "heap:///h1000"])
        let id = try #require(RPCID("listen-1"))
        var feed = ChangeFeed(
            subscription, of: id, after: EventPosition(revision: world.state.lastApplied, number: .max))
        let acknowledged = try #require(try JSONParser.parse(feed.acknowledgement).object)
        let meta: JSONValue = ["io.modelcontextprotocol/subscriptionId": "listen-1"]
        #expect(
            acknowledged["params"] == [
                "notifications": [
                    "resourcesListChanged": true, "resourceSubscriptions": ["session:///s", "heap:///h1000"],
                ], "_meta": meta,
            ])
        #expect(try messages(&feed, world.state).isEmpty)
        let entry: JSONValue = ["session": "s", "code": "", "output_heap": "h"]
        #expect(try world.call("append_session_entry", entry).contains("index"))
        let created = try messages(&feed, world.state)
        #expect(
            created.map { $0["method"] } == [
                "notifications/resources/list_changed", "notifications/resources/updated",
            ])
        #expect(created[1]["params"] == ["uri": "session:///s", "_meta": meta])
        #expect(created[0]["params"] == ["_meta": meta])
        // Twice is once, as long as it was not told.
        #expect(try world.call("append_session_entry", entry).contains("index"))
        #expect(try world.call("append_session_entry", entry).contains("index"))
        #expect(try messages(&feed, world.state).map { $0["method"] } == ["notifications/resources/updated"])
        // Another log changes; nobody asked for it.
        let other: JSONValue = ["session": "s1000/ä", "code": "", "output_heap": "h"]
        #expect(try world.call("append_session_entry", other).contains("index"))
        #expect(try messages(&feed, world.state).isEmpty)
        #expect(try world.call("delete_heap_tags", ["heap": "h1000"]).contains("ok"))
        #expect(try messages(&feed, world.state).count == 2)
        let last = try #require(feed.result)
        let result = try #require(try JSONParser.parse(last).object)
        #expect(result["id"] == "listen-1" && result["result"] == ["resultType": "complete", "_meta": meta])
    }
}
