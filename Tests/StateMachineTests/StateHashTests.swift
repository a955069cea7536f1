import Bytes
import Raft
import Testing

@testable import StateMachine

@Suite("The hash of a state")
struct StateHashTests {
    @Test("what is kept equals what a snapshot's bytes make anew", arguments: 1...6 as ClosedRange<UInt64>)
    func incremental(seed: UInt64) throws {
        var load = RandomLoad(seed: seed)
        // So small that things are forgotten, too.
        var state = StateMachine(
            history: EventHistory.Limits(count: 40, bytes: 8000), keyed: KeyedRetries.Limits(count: 25, bytes: 2000))
        var last = state.current.hash
        for step in 0..<1500 {
            state.apply(load.entry(after: state.lastApplied))
            let hash = state.current.hash
            #expect(hash != last, "seed \(seed) step \(step)")
            last = hash
            guard step % 50 == 0 else { continue }
            // The decoder hashes all that it reads, and refuses what does not fit; the sums are compared one by one to name the culprit.
            let restored = try state.restored().current
            let comment: Comment = "seed \(seed) step \(step)"
            #expect(restored.entriesHash == state.current.entriesHash, comment)
            #expect(restored.history.hash == state.current.history.hash, comment)
            #expect(restored.keyedRetries.hash == state.current.keyedRetries.hash, comment)
            #expect(restored.retries.hash == state.current.retries.hash, comment)
            #expect(restored.sessionLogs.hash == state.current.sessionLogs.hash, comment)
            #expect(restored.heapTags.hash == state.current.heapTags.hash, comment)
            #expect(restored.mcpSessions.hash == state.current.mcpSessions.hash, comment)
            #expect(restored.resourceHistory.events.hash == state.current.resourceHistory.events.hash, comment)
            #expect(restored.hash == hash, comment)
        }
        #expect(state.current.historyFloor > 500, "the history was never full")
    }

    @Test("equal states have equal hashes, whatever they went through in between")
    func pathDoesNotMatter() throws {
        var left = StateMachine().current
        var right = left
        // discarded: what was there before does not matter
        _ = left.put([1], [1], revision: 1)
        _ = left.put([2], [2], revision: 2)
        _ = right.put([2], [2], revision: 2)
        _ = right.put([1], [9], revision: 7)
        _ = right.put([1], [1], revision: 1)
        #expect(left.entriesHash == right.entriesHash)
        _ = left.remove([1], revision: 8)
        _ = left.remove([2], revision: 9)
        #expect(left.entriesHash == .zero)
    }

    @Test("each part of a state matters")
    func everyPart() throws {
        var load = RandomLoad(seed: 5)
        var state = StateMachine()
        for _ in 0..<400 { state.apply(load.entry(after: state.lastApplied)) }
        let view = state.current
        try #require(view.comparison.index > 0 && !view.announcements.isEmpty && view.retries.outcomeCount > 0)
        let key = Array("key1".utf8)
        let position = EventPosition(revision: view.lastApplied, number: 99)
        let event = Event(position: position, key: key, kind: .delete)
        let request = RequestID(instance: InstanceID(high: 9, low: 9), boot: 1, sequence: 1)
        let mcpSession = MCPSessionID(high: 9, low: 9)
        let changes: [(String, (inout StateMachine.View) -> Void)] = [
            ("index", { $0.position = LogPosition(index: $0.position.index + 1, term: $0.position.term) }),
            ("term", { $0.position = LogPosition(index: $0.position.index, term: $0.position.term + 1) }),
            ("timestamp", { $0.lastTimestamp += 1 }),
            ("clock", { $0.clock = EntryClock(now: $0.clock.now + 1, last: $0.clock.last) }),
            ("last of the clock", { $0.clock = EntryClock(now: $0.clock.now, last: $0.clock.last + 1) }),
            ("configuration", { $0.configuration = .none }),
            ("index of the configuration", { $0.configurationIndex += 1 }),
            ("announcement", { $0.announcements.removeLast() }),
            ("comparison", { $0.comparison.begin(at: $0.comparison.index + 1) }),
            ("floor", { $0.history = EventHistory(floor: $0.history.floor + 1) }),
            ("event", { $0.history.append(position, key: key, value: nil, hash: event.hash) }),
            ("entry", { _ = $0.map.put(key, $0.mapEntry(key, [1, 2, 3], revision: 1)) }),
            ("session log", { $0.sessionLogs.put(key, SessionLog()) }),
            ("index of a session log", { $0.sessionLogs.put(key, SessionLog(first: 1)) }),
            ("entry of a session log", { _ = $0.sessionLogs.append([1], to: key) }),
            ("tags", { $0.heapTags.put(key, TagSet([HeapTag(key: [1], value: [2])])) }),
            ("value of a tag", { $0.heapTags.put(key, TagSet([HeapTag(key: [1], value: [3])])) }),
            ("MCP session", { $0.change(.open(mcpSession, revision: [1], sessionLog: key)) }),
            (
                "subscription of an MCP session",
                {
                    $0.change(.open(mcpSession, revision: [1], sessionLog: key));
                    $0.change(.subscribe(mcpSession, uri: key))
                }
            ),
            ("floor of the resources", { $0.resourceHistory = ResourceHistory(floor: 9999) }),
            (
                "change of a resource",
                {
                    let change = ResourceChange(position: position, resource: Resource(.heap, key), kind: .updated)
                    $0.resourceHistory.append(change)
                }
            ),
            ("session", { _ = $0.retries.admit(request, completedBelow: 0, at: $0.clock.now) }),
            ("outcome", { $0.retries.record(.superseded, for: $0.admitted(request)) }),
            (
                "keyed outcome",
                {
                    $0.keyedRetries.record(
                        .noted, for: IdempotencyKey(scope: [1], fingerprint: 1), at: $0.clock.now)
                }
            ),
        ]
        var hashes = [view.hash]
        for (name, change) in changes {
            var changed = view
            change(&changed)
            #expect(!hashes.contains(changed.hash), "\(name)")
            hashes.append(changed.hash)
        }
    }

    @Test("every byte, the length and the place of an element's parts matter")
    func everyByte() {
        var seen: [String: String] = [:]
        func note(_ hash: StateHash, _ what: String) {
            #expect(
                seen.updateValue(what, forKey: hash.description) == nil,
                "\(what) is like \(seen[hash.description] ?? "")")
        }
        for count in 0...70 {
            let zeros = [UInt8](repeating: 0, count: count)
            note(.entry([1], zeros, revision: 1), "value of \(count) zeros")
            note(.entry(zeros, [1], revision: 1), "key of \(count) zeros")
            for index in 0..<count {
                for bit in 0..<8 {
                    var value = zeros
                    value[index] ^= 1 << UInt8(bit)
                    note(.entry([1], value, revision: 1), "bit \(bit) of byte \(index) of \(count)")
                }
            }
        }
        let entry = StateHash.entry([1], [], revision: 2)
        note(entry, "another revision")
        for number in 0...3 as ClosedRange<UInt32> {
            note(.put(entry, number: number), "put \(number)")
            note(.delete([1], at: EventPosition(revision: 2, number: number)), "delete \(number)")
        }
    }

    /// They are compared between nodes, so they are a format.
    @Test("the hashes are those of version 3")
    func golden() {
        #expect(StateHash.version == 3)
        let value = (0..<40).map { UInt8($0) }
        #expect(
            StateHash.entry(Array("key".utf8), value, revision: 7).description == "f0fe3f9dc9a640ca492616f545e13fbc")
        #expect(
            StateHash.delete(Array("a longer key".utf8), at: EventPosition(revision: 8, number: 1)).description
                == "049a783fb9390c79b7d6e2f3cbc19f4a")
        #expect(StateMachine().current.hash.description == "b65918bc92604babbbb150e9966bb058")
    }

    @Test("a snapshot of a state that was damaged in memory is refused")
    func damagedInMemory() throws {
        var state = StateMachine()
        // discarded: the key is new
        _ = state.current.put([1], [1], revision: 0)
        let entry = MapEntry(versioned: Versioned(value: [2], revision: 0), hash: .entry([1], [1], revision: 0))
        state.current.position = LogPosition(index: 3, term: 1)
        _ = state.current.map.put([1], entry)
        #expect(throws: SnapshotFailure.self) { try state.restored() }
    }
}

extension StateMachine.View {
    /// An entry whose hash is added to the sum.
    fileprivate mutating func mapEntry(_ key: [UInt8], _ value: [UInt8], revision: UInt64) -> MapEntry {
        let hash = StateHash.entry(key, value, revision: revision)
        entriesHash += hash
        return MapEntry(versioned: Versioned(value: value, revision: revision), hash: hash)
    }

    fileprivate mutating func change(_ command: MCPSessionCommand) {
        let outcome = mcpSessions.perform(command, now: clock.now, index: lastApplied)
        precondition(outcome == .done, "an MCP session was not changed")
    }

    fileprivate mutating func admitted(_ request: RequestID) -> RequestID {
        // discarded: it is new
        _ = retries.admit(request, completedBelow: 0, at: clock.now)
        return request
    }
}
