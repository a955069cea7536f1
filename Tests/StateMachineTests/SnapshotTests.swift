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
        var straight = StateMachine(history: history, keyed: keyed)
        var other = straight
        for step in 0..<2000 {
            if load.below(100) == 0 { other = try other.restored() }
            let entry = load.entry(after: straight.lastApplied)
            #expect(straight.apply(entry) == other.apply(entry), "seed \(seed) step \(step)")
            #expect(straight.view().historyFloor == other.view().historyFloor, "seed \(seed) step \(step)")
            #expect(straight.approximateBytes == other.approximateBytes, "seed \(seed) step \(step)")
        }
        #expect(straight.view().historyFloor > 1000, "the history was never full")
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

    @Test("something else, and a later version, are called by their name")
    func strangers() {
        #expect(failure(of: Array("{\"this\":\"is JSON\"}".utf8))?.reason == "this is not a snapshot of raftd")
        var later = StateMachine().snapshot
        later[SnapshotFormat.magic.count] = 3
        #expect(failure(of: later)?.reason.contains("version 3") == true)
    }
}
