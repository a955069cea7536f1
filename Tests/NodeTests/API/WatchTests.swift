import Bytes
import HTTP
import Raft
import StateMachine
import Testing

@testable import Node

/// What a watch asks for, and what it is told, without sockets.
@Suite struct WatchTests {
    private func start(_ query: String, _ fields: [String] = []) throws -> WatchEndpoint.Start {
        try WatchEndpoint.call(try request("GET /v1/watch\(query)", fields)).start
    }

    private func position(_ revision: UInt64, _ number: UInt32) -> EventPosition {
        EventPosition(revision: revision, number: number)
    }

    // MARK: Requests

    @Test func itBeginsNowUnlessToldFromWhere() throws {
        #expect(try start("") == .now)
        #expect(try start("?prefix=a") == .now)
        #expect(try start("?from_revision=7") == .after(.endOf(revision: 6)))
        #expect(try start("?from_revision=1") == .after(.endOf(revision: 0)))
        #expect(try start("?from_revision=0") == .after(.endOf(revision: 0)))
    }

    @Test func theLastEventWinsOverTheAddress() throws {
        #expect(try start("", ["Last-Event-ID: 7.0"]) == .after(position(7, 0)))
        #expect(try start("?from_revision=1", ["last-event-id: 7.2"]) == .after(position(7, 2)))
        // A browser that has seen no id sends none, or an empty one.
        #expect(try start("?from_revision=1", ["Last-Event-ID: "]) == .after(.endOf(revision: 0)))
    }

    @Test(arguments: ["7", "7.", ".7", "7.0.0", "-1.0", "7.x", "7.4294967296", "18446744073709551616.0", " ", "+7.0"])
    func whatIsNoEventIsRefused(id: String) throws {
        let request = try request("GET /v1/watch", ["Last-Event-ID: x\(id)", "X: y"])
        #expect(try refusal { _ = try WatchEndpoint.call(request) }.errorCode() == "invalid_event_id")
        #expect(EventPosition(id: id) == nil)
    }

    @Test(arguments: [(0, 0), (7, 2), (.max, .max)] as [(UInt64, UInt32)]) func idsReadBack(
        revision: UInt64, number: UInt32
    ) {
        #expect(EventPosition(id: "\(position(revision, number))") == position(revision, number))
    }

    @Test(arguments: ["from_revision=", "from_revision=x", "from_revision=-1", "prefix=%", "from_revision=1.0"])
    func aQueryThatSaysNothingSensibleIsRefused(query: String) throws {
        let request = try request("GET /v1/watch?\(query)")
        let response = try refusal { _ = try WatchEndpoint.call(request) }
        #expect(response.status == .badRequest)
        #expect(try response.errorCode() == "invalid_query")
    }

    @Test func thePrefixIsDecoded() throws {
        #expect(try WatchEndpoint.call(try request("GET /v1/watch?prefix=a%2Fb+c")).prefix == Array("a/b c".utf8))
        #expect(try WatchEndpoint.call(try request("HEAD /v1/watch")).prefix == [])
    }

    @Test(arguments: ["POST", "PUT", "DELETE"]) func itIsRead(method: String) throws {
        let request = try request("\(method) /v1/watch")
        #expect(try refusal { _ = try WatchEndpoint.call(request) }.values("Allow") == ["GET, HEAD"])
    }

    // MARK: Text

    @Test func eventsLookLikeThis() {
        var text: [UInt8] = []
        let key = Array("a/é\n\"".utf8)
        EventStreamText.append(
            Event(position: position(12, 0), key: key, kind: .put(value: Array("v\r\n".utf8))), to: &text)
        EventStreamText.append(Event(position: position(12, 1), key: [0x62], kind: .put(value: [0xFF])), to: &text)
        EventStreamText.append(Event(position: position(.max, .max), key: [0x62], kind: .delete), to: &text)
        text += EventStreamText.progress(revision: 14, id: position(14, 0))
        text += EventStreamText.progress(revision: 14, id: nil)
        text += EventStreamText.failure(EventStreamText.belowFloor(5, revision: 14))
        #expect(
            String(decoding: text, as: UTF8.self) == #"""
                event: put
                id: 12.0
                data: {"key":"a/é\n\"","value":"v\r\n","revision":12}

                event: put
                id: 12.1
                data: {"key":"b","value_base64":"/w==","revision":12}

                event: delete
                id: 18446744073709551615.4294967295
                data: {"key":"b","revision":18446744073709551615}

                event: progress
                id: 14.0
                data: {"revision":14}

                event: progress
                data: {"revision":14}

                event: error
                data: {"error":"changes are kept from revision 5 on; read the present state, then watch from its revision","code":"below_floor","floor":5,"revision":14}


                """#)
    }

    @Test func belowTheFloorIsGone() throws {
        let response = WatchEndpoint.belowFloor(5, revision: 14)
        #expect(response.status == .gone)
        #expect(try response.json().object?["floor"] == 5)
        #expect(try response.json().object?["revision"] == 14)
        #expect(try response.json().object?["code"] == "below_floor")
    }

    // MARK: Progress through a history

    /// All that a watcher says until nothing is left.
    private func drain(_ watcher: inout Watcher, _ state: StateMachine) -> [String] {
        var ids: [String] = []
        while case .events(let text) = watcher.next(state), !text.isEmpty { ids += eventIDs(text) }
        return ids
    }

    @Test func itTellsEachChangeOnceAndInOrderHoweverManyThereAre() {
        var state = StateMachine()
        for number in 0..<1000 { state.put(number.isMultiple(of: 3) ? "a/\(number)" : "b/\(number)", [1]) }
        var watcher = Watcher(prefix: Array("a/".utf8), after: .endOf(revision: 0))
        #expect(drain(&watcher, state) == stride(from: 1, through: 1000, by: 3).map { "\($0).0" })
        state.put("b/x", [])
        state.put("a/x", [])
        state.put("b/x", [])
        #expect(drain(&watcher, state) == ["1002.0"])
        #expect(drain(&watcher, state) == [])
    }

    @Test func onePieceIsBounded() throws {
        var state = StateMachine()
        for number in 0..<100 { state.put("\(number)", [UInt8](repeating: 0x61, count: 10_000)) }
        var watcher = Watcher(prefix: [], after: .endOf(revision: 0))
        var pieces = 0
        var ids: [String] = []
        while case .events(let text) = watcher.next(state), !text.isEmpty {
            #expect(text.count < 80_000)
            pieces += 1
            ids += eventIDs(text)
        }
        #expect(pieces > 10 && ids == (1...100).map { "\($0).0" })
    }

    @Test func aRevisionToComeIsWaitedFor() {
        var state = StateMachine()
        state.put("a", [])
        var watcher = Watcher(prefix: [], after: .endOf(revision: 2))
        #expect(drain(&watcher, state) == [])
        #expect(
            String(decoding: watcher.progress(state), as: UTF8.self) == "event: progress\ndata: {\"revision\":1}\n\n")
        state.put("a", [])
        #expect(drain(&watcher, state) == [])
        state.put("a", [])
        #expect(drain(&watcher, state) == ["3.0"])
    }

    @Test func progressMovesTheIDPastWhatDoesNotMatch() {
        var state = StateMachine()
        state.put("a", [])
        var watcher = Watcher(prefix: [0x61], after: .endOf(revision: 0))
        #expect(drain(&watcher, state) == ["1.0"])
        #expect(eventIDs(watcher.progress(state)) == ["1.4294967295"])
        state.put("b", [])
        state.put("b", [])
        #expect(drain(&watcher, state) == [])
        #expect(eventIDs(watcher.progress(state)) == ["3.4294967295"])
        // Going on after it on another node misses nothing and repeats nothing.
        state.put("a", [])
        var other = Watcher(prefix: [0x61], after: position(3, .max))
        #expect(drain(&other, state) == ["4.0"])
    }

    @Test func aWatchFromNowHasAnIDBehindAllOfNow() {
        var state = StateMachine()
        state.put("a", [])
        let watcher = Watcher(prefix: [], after: .endOf(revision: 1))
        #expect(eventIDs(watcher.progress(state)) == ["1.4294967295"])
        var other = Watcher(prefix: [], after: position(1, .max))
        #expect(drain(&other, state) == [])
    }
}

/// The ids that stand in the text of an event stream.
func eventIDs(_ text: [UInt8]) -> [String] {
    String(decoding: text, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("id: ") }
        .map { String($0.dropFirst(4)) }
}

extension StateMachine {
    /// Applies the next entry, which is a put.
    mutating func put(_ key: String, _ value: [UInt8]) {
        perform(.put(key: Array(key.utf8), value: value, condition: .none))
    }

    /// Applies the next entry.
    @discardableResult
    mutating func perform(_ operation: Operation, timestamp: UInt64 = 1) -> Outcome? {
        let payload = Command.payload(timestamp: timestamp, commandBytes: Command(operation).encode())
        return apply(LogEntry(term: 1, index: lastApplied + 1, kind: .command, payload: payload))
    }
}
