import Bytes
import Raft
import Testing

@testable import StateMachine

@Suite("Snapshots")
struct SnapshotTests {
    private static func state(seed: UInt64, entries: Int) -> StateMachine {
        var load = RandomLoad(seed: seed)
        var state = StateMachine()
        for _ in 0..<entries { state.apply(load.entry(after: state.lastApplied)) }
        return state
    }

    /// Everything that can be asked of a state.
    private func expectSame(_ left: StateMachine, _ right: StateMachine, _ comment: Comment) {
        let (left, right) = (left.view(), right.view())
        #expect(left.position == right.position && left.lastTimestamp == right.lastTimestamp, comment)
        #expect(left.configuration == right.configuration, comment)
        #expect(left.configurationIndex == right.configurationIndex, comment)
        #expect(left.announcements == right.announcements, comment)
        #expect(left.approximateBytes == right.approximateBytes, comment)
        #expect(left.clock == right.clock && left.retries == right.retries, comment)
        #expect(
            left.list(prefix: [], limit: .max, maxBytes: .max) == right.list(prefix: [], limit: .max, maxBytes: .max),
            comment)
        #expect(left.historyFloor == right.historyFloor && left.historyCount == right.historyCount, comment)
        let start = EventPosition(revision: left.historyFloor, number: 0)
        #expect(
            left.events(after: start, limit: .max, maxBytes: .max)
                == right.events(after: start, limit: .max, maxBytes: .max), comment)
        #expect(left.keyedRetryCount == right.keyedRetryCount, comment)
        #expect(left.sessionLogCount == right.sessionLogCount, comment)
        #expect(left.taggedHeapCount == right.taggedHeapCount, comment)
        #expect(left.heapTags.index.count == right.heapTags.index.count, comment)
        for name in ["a", "a:b", "a\u{0}", "ä", "b/c"].map({ Array($0.utf8) }) {
            let entries = SessionQuery.entries(session: name, startAfter: nil, limit: .max, maxBytes: .max)
            #expect(left.answer(entries) == right.answer(entries), comment)
            #expect(left.answer(.tags(heap: name)) == right.answer(.tags(heap: name)), comment)
            let tagged = HeapQuery.heaps(
                with: [HeapTag(key: Array("tag".utf8), value: name)], startAfter: nil, limit: .max, maxBytes: .max)
            #expect(left.answer(tagged) == right.answer(tagged), comment)
        }
        let floor = EventPosition(revision: left.resourceHistory.events.floor, number: 0)
        #expect(
            left.resourceChanges(after: floor, limit: .max) == right.resourceChanges(after: floor, limit: .max), comment
        )
        #expect(StateMachine(left).snapshot == StateMachine(right).snapshot, comment)
    }

    @Test("a state comes back, its figures too", arguments: 1...12 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        let state = Self.state(seed: seed, entries: Int(seed * seed) * 10)
        expectSame(try state.restored(), state, "seed \(seed)")
    }

    @Test("the state before the first entry comes back")
    func empty() throws {
        expectSame(try StateMachine().restored(), StateMachine(), "empty")
    }

    @Test("who loads a snapshot midway goes on like who never did", arguments: 1...8 as ClosedRange<UInt64>)
    func goesOn(seed: UInt64) throws {
        var load = RandomLoad(seed: seed)
        let history = EventHistory.Limits(count: 60, bytes: 12_000)
        let keyed = KeyedRetries.Limits(count: 25, bytes: 2000)
        let resources = EventHistory.Limits(count: 50, bytes: 12_000)
        var straight = StateMachine(history: history, keyed: keyed, resources: resources)
        var other = straight
        for step in 0..<2000 {
            if load.below(100) == 0 { other = try other.restored() }
            let entry = load.entry(after: straight.lastApplied)
            #expect(straight.apply(entry) == other.apply(entry), "seed \(seed) step \(step)")
            #expect(straight.view().historyFloor == other.view().historyFloor, "seed \(seed) step \(step)")
            #expect(straight.approximateBytes == other.approximateBytes, "seed \(seed) step \(step)")
        }
        #expect(straight.view().historyFloor > 1000, "the history was never full")
        #expect(straight.current.resourceHistory.events.floor > 1000, "the history of the resources was never full")
        expectSame(straight, other, "seed \(seed)")
    }

    @Test("a long state takes several frames; it may come in pieces of any size")
    func frames() throws {
        var load = RandomLoad(seed: 3, keyCount: 400, valueSize: 60_000)
        var state = StateMachine()
        for _ in 0..<600 { state.apply(load.entry(after: state.lastApplied)) }
        let frames = state.snapshotFrames
        #expect(frames.count > 6)
        #expect(frames.allSatisfy { $0.count < SnapshotFormat.frameSize + 70_000 })
        let bytes = state.snapshot
        for size in [1 << 20, 4096, 100_003] {
            var decoder = SnapshotDecoder()
            for start in stride(from: 0, to: bytes.count, by: size) {
                try decoder.add(bytes[start..<min(start + size, bytes.count)])
            }
            let (restored, count, checksum) = try decoder.finish()
            #expect(count == UInt64(bytes.count) && checksum == CRC32C.checksum(bytes))
            #expect(restored.snapshot == bytes, "pieces of \(size)")
        }
    }

    @Test("however much outstanding requests have found, a frame holds a MiB and one outcome at most")
    func largeOutcomes() throws {
        let size = 1 << 20
        var state = StateMachine()
        let key = Array("key".utf8)
        func apply(_ operation: Operation, _ sequence: UInt64) {
            let request = RequestID(instance: InstanceID(high: 1, low: sequence % 2), boot: 1, sequence: sequence)
            let bytes = Command(operation, requestID: request).encode()
            state.apply(
                LogEntry(
                    term: 1, index: state.lastApplied + 1, kind: .command,
                    payload: Command.payload(timestamp: 1000, commandBytes: bytes)))
        }
        apply(.put(key: key, value: [UInt8](repeating: 7, count: size), condition: .none), 0)
        for sequence in 1...64 as ClosedRange<UInt64> {
            apply(.transaction(Transaction(compare: [], then: [.get(key: key)], otherwise: [])), sequence)
        }
        let frames = state.snapshotFrames
        #expect(frames.count > 64 && frames.allSatisfy { $0.count < size + SnapshotFormat.frameSize })
        let restored = try state.restored()
        expectSame(restored, state, "64 outcomes")
        #expect(restored.current.hash == state.current.hash)
    }

    @Test("the encoder tells the size and the checksum of all its bytes")
    func figures() {
        let state = Self.state(seed: 5, entries: 300)
        var encoder = SnapshotEncoder(state.view())
        var bytes: [UInt8] = []
        while let frame = encoder.next() { bytes += frame }
        #expect(encoder.size == UInt64(bytes.count) && encoder.checksum == CRC32C.checksum(bytes))
    }

    @Test("what is applied meanwhile does not come into a snapshot")
    func unaffected() {
        var load = RandomLoad(seed: 8)
        var state = Self.state(seed: 7, entries: 500)
        let before = state.snapshot
        let view = state.view()
        for _ in 0..<500 { state.apply(load.entry(after: state.lastApplied)) }
        #expect(StateMachine(view).snapshot == before)
    }

    /// The failure of a decoder that is given these bytes at once.
    private func failure(of bytes: [UInt8]) -> SnapshotFailure? {
        var decoder = SnapshotDecoder()
        do {
            try decoder.add(bytes[...])
            _ = try decoder.finish()
            return nil
        } catch {
            return error
        }
    }

    @Test("every part of a snapshot that is not the whole is refused, at its end")
    func truncated() {
        let bytes = Self.state(seed: 11, entries: 120).snapshot
        #expect(bytes.count > 2000 && failure(of: bytes) == nil)
        for count in 0..<bytes.count {
            #expect(failure(of: Array(bytes[..<count]))?.offset == UInt64(count))
        }
        #expect(failure(of: bytes + [0])?.offset == UInt64(bytes.count))
    }

    @Test("every snapshot in which a byte is another is refused, in its frame or where the length leads")
    func damaged() {
        let state = Self.state(seed: 12, entries: 60)
        let bytes = state.snapshot
        var starts = [0]
        for frame in state.snapshotFrames { starts.append(starts[starts.count - 1] + frame.count) }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= UInt8(1 << (index % 8))
            guard let failure = failure(of: damaged) else {
                Issue.record("byte \(index) does not matter")
                continue
            }
            // Magic and version come before the first frame.
            var start = starts.last { $0 <= index } ?? 0
            if start == 0, index >= SnapshotFormat.prologueSize { start = SnapshotFormat.prologueSize }
            var known = [index < SnapshotFormat.magic.count || index >= SnapshotFormat.prologueSize ? start : 8]
            // An older version may be meant, until the head is read.
            if index == SnapshotFormat.magic.count { known.append(SnapshotFormat.prologueSize) }
            // A wrong length may lead behind the end.
            if (start..<start + 4).contains(index) { known.append(bytes.count) }
            #expect(known.contains(Int(failure.offset)), "byte \(index): \(failure), not at \(known)")
        }
    }

    @Test("frames that are each whole, and lack one or come in another order, are refused")
    func framesOutOfOrder() {
        var load = RandomLoad(seed: 3, keyCount: 400, valueSize: 60_000)
        var state = StateMachine()
        for _ in 0..<600 { state.apply(load.entry(after: state.lastApplied)) }
        let frames = state.snapshotFrames
        for index in 0..<frames.count {
            var missing = frames
            missing.remove(at: index)
            #expect(failure(of: missing.flatMap { $0 }) != nil, "without frame \(index)")
            guard index + 1 < frames.count else { continue }
            var swapped = frames
            swapped.swapAt(index, index + 1)
            #expect(failure(of: swapped.flatMap { $0 }) != nil, "frames \(index) and \(index + 1)")
        }
    }

    /// A retried transaction and a delete that a client named are remembered in it.
    private static let version1 = """
            5241465444534e5001000000810000008af6bf7401030000000000000004000000000000000500000000000000010000 \
            0000000000e803000000000000e803000000000000e80300000000000001000000000000000100000000000000320203 \
            00000000000000040000000000000002000000010100000006026e3103683a3101000000000000000200000000000000 \
            01010201032b00000066217198020100000000000000020000000000000005000000000000000600000000000000026e \
            310103683a320131070000000c77b9dc0301610302010299000000556581fb0401000000000000000200000000000000 \
            0100000000000000e8030000000000000000000000000000020100000000000000010300000000000000010200000000 \
            000000060400000000000000010203010300000000000000020102010101000000000000000200000000000000020000 \
            0000000000e8030000000000000000000000000000010700000000000000020500000000000000011d00000011090018 \
            05e8030000000000000900000000000000016b0205000000000000000112000000acb9da530603000201610400010162 \
            010305000001620d000000218491f307b70100000000000041a53a65
        """

    @Test("a snapshot of version 1 is read, and is the same state as if it were of this version")
    func olderVersion() throws {
        let bytes = try #require(Hex.decode(String(Self.version1.filter { !$0.isWhitespace })))
        var decoder = SnapshotDecoder()
        try decoder.add(bytes[...])
        let state = try decoder.finish().0
        #expect(state.lastApplied == 5 && state.get([0x61]) == Versioned(value: [1, 2], revision: 3))
        #expect(state.get([0x62]) == nil && state.announcements.map(\.nodeID) == ["n1"])
        let retries = state.current.retries
        #expect(retries.sessionCount == 2 && retries.outcomeCount == 3 && state.current.keyedRetryCount == 1)
        let request = RequestID(instance: InstanceID(high: 1, low: 2), boot: 1, sequence: 2)
        var table = retries
        #expect(
            table.admit(request, completedBelow: 0, at: 1000)
                == .duplicate(
                    .transaction(
                        revision: 4, succeeded: true,
                        results: [.get(Versioned(value: [1, 2], revision: 3)), .put(created: true)])))
        #expect(state.current.historyCount == 3 && state.comparison == HashComparison())
        expectSame(try state.restored(), state, "as version 2")
        for count in 0..<bytes.count { #expect(failure(of: Array(bytes[..<count])) != nil) }
    }

    /// The bytes that the version before wrote of a state that has no MCP session.
    private static func version3(_ state: StateMachine) -> [UInt8] {
        var frames = state.snapshotFrames
        // The head lacks the number of sessions, which is 0 and the last of it.
        let content = Array(
            frames[0].dropFirst(SnapshotFormat.prologueSize + SnapshotFormat.frameHeaderSize).dropLast())
        var prologue = Array(frames[0].prefix(SnapshotFormat.prologueSize))
        prologue[SnapshotFormat.magic.count] = 3
        frames[0] = prologue + frame(content)
        var end = ByteReader(frames.removeLast()[(SnapshotFormat.frameHeaderSize + 1 + 12)...])
        let before = frames.flatMap { $0 }
        var crc = CRC32C()
        crc.update(before)
        var last = ByteWriter(reserving: 64)
        last.append(SnapshotFormat.Kind.end.rawValue)
        last.append(UInt64(before.count))
        last.append(crc.value)
        last.append(bytes: (try? end.readBytes(16)) ?? [])  // discarded: a frame that is too short fails the test
        return before + frame(last.bytes)
    }

    private static func frame(_ content: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(reserving: content.count + SnapshotFormat.frameHeaderSize)
        writer.append(UInt32(content.count))
        writer.append(SnapshotFormat.checksum(length: UInt32(content.count), content: content[...]))
        writer.append(bytes: content)
        return writer.bytes
    }

    @Test("a snapshot of version 3, which knew no MCP sessions, is read")
    func version3() throws {
        var load = RandomLoad(seed: 21)
        var state = StateMachine()
        for _ in 0..<600 { state.apply(load.entry(after: state.lastApplied)) }
        state.current.mcpSessions = MCPSessions()
        let bytes = Self.version3(state)
        var decoder = SnapshotDecoder()
        try decoder.add(bytes[...])
        expectSame(try decoder.finish().0, state, "version 3")
        for count in 0..<bytes.count { #expect(failure(of: Array(bytes[..<count])) != nil) }
    }

    @Test("a session log with an index that no cluster comes to is refused", arguments: [11, .max] as [UInt64])
    func indexOfASessionLog(first: UInt64) throws {
        var state = StateMachine()
        state.current.position = LogPosition(index: 10, term: 1)
        state.current.sessionLogs.put([0x61], SessionLog(first: 10))
        #expect(throws: Never.self) { try state.restored() }
        state.current.sessionLogs.put([0x61], SessionLog(first: first))
        #expect(throws: SnapshotFailure.self) { try state.restored() }
    }

    @Test("something else, and a later version, are called by their name")
    func strangers() {
        #expect(failure(of: Array("{\"this\":\"is JSON\"}".utf8))?.reason == "this is not a snapshot of raftd")
        var later = StateMachine().snapshot
        later[SnapshotFormat.magic.count] = 5
        #expect(failure(of: later)?.reason.contains("version 5") == true)
    }
}
