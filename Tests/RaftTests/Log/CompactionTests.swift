import Raft
import Testing

/// What goes, what stays, and what there is room for.
@Suite("Compaction, reset and room")
struct CompactionTests {
    private func segments(_ harness: LogHarness) -> [String] { harness.directory.files.keys.sorted() }

    /// A segment an entry, and a last one with two.
    private func fiveSegments() throws -> LogHarness {
        var harness = try LogHarness()
        for _ in 0..<4 { harness.run(.append([900]), .append([900])) }
        harness.run(.append([900]), .append([10]))
        return harness
    }

    @Test("Whole segments go, lowest first and then one sync of the directory, and never the last")
    func compaction() throws {
        var harness = try fiveSegments()
        let count = harness.log.segmentCount
        #expect(count == 5)
        #expect(harness.compact(through: 1) == [], "entry 2 is in the same segment")
        let operations = harness.log.compact(through: 5)
        #expect(
            operations == [
                .remove(path: "raft_log/00000001.segment"), .remove(path: "raft_log/00000002.segment"),
                .syncDirectory(path: "raft_log"),
            ])
        harness.directory.perform(operations)
        #expect(harness.log.firstIndex == 5)
        #expect(harness.log.segmentCount == 3)
        #expect(harness.log.bytesOnDisk == harness.directory.files.values.reduce(0) { $0 + UInt64($1.count) })
        #expect(harness.compact(through: 5) == [])
        #expect(harness.log.read(from: 4, maxBytes: 100) == nil)
        #expect(harness.log.read(from: 5, maxBytes: 100)?.path == "raft_log/00000003.segment")

        harness.directory.perform(harness.log.compact(through: 1000))
        #expect(segments(harness) == ["raft_log/00000005.segment"])
        harness.run(.append([900]), .append([900]))
        #expect(segments(harness).last == "raft_log/00000006.segment", "numbers go on")
    }

    @Test("A log without anything has nothing to compact")
    func emptyCompaction() throws {
        var harness = try LogHarness()
        #expect(harness.compact(through: 5) == [])
        harness.run(.append([10]), .truncate(1))
        #expect(harness.compact(through: 5) == [])
    }

    @Test("A read that was planned before is told from one of a file that is there")
    func plannedReads() throws {
        var harness = try fiveSegments()
        let old = try #require(harness.log.read(from: 1, maxBytes: 100))
        let new = try #require(harness.log.read(from: 10, maxBytes: 100))
        #expect(harness.log.holds(old) && harness.log.holds(new))
        harness.directory.perform(harness.log.compact(through: 4))
        #expect(!harness.log.holds(old) && harness.log.holds(new))
        #expect(try harness.log.entries(of: old, bytes: []).isEmpty)
    }

    @Test("The bytes behind an index")
    func bytesBehind() throws {
        var harness = try fiveSegments()
        let all = harness.log.bytes(after: 0)
        let written = harness.directory.files.values.reduce(0) { $0 + UInt64($1.count) }
        #expect(all == written - 5 * 72)
        #expect(harness.log.bytes(after: 8) == harness.log.bytes(after: 6) - 2 * 976)
        #expect(harness.log.bytes(after: 10) == 0)
        for index in 0..<10 as Range<LogIndex> {
            #expect(harness.log.bytes(after: index) >= harness.log.bytes(after: index + 1))
        }
        _ = harness.log.compact(through: 8)
        #expect(harness.log.bytes(after: 0) == harness.log.bytes(after: 8))
        _ = harness.receive(LogPosition(index: 30, term: 2))
        #expect(harness.log.bytes(after: 0) == 40)
        #expect(harness.log.bytes(after: 30) == 0)
    }

    @Test("Golden: the operations of a reset, and the segment it begins")
    func reset() throws {
        var harness = try LogHarness()
        harness.run(.append([10]), .append([900]), .append([900]), .append([900]))
        let count = harness.log.segmentCount
        let operations = harness.receive(LogPosition(index: 99, term: 7))
        #expect(
            operations.map(\.verb) == ["create", "write", "sync", "rename", "syncDirectory"]
                + [String](repeating: "remove", count: count) + ["syncDirectory"])
        harness.directory.perform(operations)
        #expect(segments(harness) == ["raft_log/0000000\(count + 1).segment"])
        #expect(harness.log.firstIndex == 100)
        #expect(harness.log.lastPosition == LogPosition(index: 99, term: 7))
        #expect(harness.log.read(from: 99, maxBytes: 100) == nil)
        #expect(harness.plan(.seal) == [], "its batch is empty")
        let bytes = try #require(harness.directory.files["raft_log/0000000\(count + 1).segment"])
        #expect(bytes.count == 72 + 40)
        #expect(bytes[32] == 100 && bytes[40] == 7, "first index and previous term")
        #expect(bytes[72 + 16] == 99 && bytes[72 + 24] == 0, "commit index and record count")

        var prepared = try LogHarness()
        prepared.run(.append([10]), .prepare)
        prepared.directory.perform(prepared.receive(LogPosition(index: 99, term: 7)))
        #expect(prepared.directory.files.mapValues(\.count) == ["raft_log/00000002.segment": 2048])
    }

    // MARK: - Room

    @Test("What fits the room takes no space: after any steps, with entries of any size")
    func roomIsTrue() throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var harness = try LogHarness()
            for _ in 0..<12 {
                let choices: [LogHarness.Step] = [
                    .prepare, .append([Int(random.next() % 900)]), .append([Int(random.next() % 300), 5]), .seal,
                ]
                harness.run(choices[Int(random.next() % 4)])
                if random.next() % 8 == 0, harness.entries.count > 1 { harness.run(.truncate(1)) }
                try expectRoom(in: harness, random: &random, seed: seed)
                if random.next() % 16 == 0 { harness.run(.receive(3)) }
            }
        }
    }

    private func expectRoom(in harness: LogHarness, random: inout SeededRandom, seed: UInt64) throws {
        var harness = harness
        // Batches of entries that come one by one, and together take what there is.
        var room = Int(harness.log.room)
        while room >= 40 + 32 {
            let most = room - 40 - 32
            let size = min(Int(random.next() % 900), most) / 8 * 8
            let before = harness.log.room
            for operation in harness.plan(.append([size])) {
                #expect(!harness.directory.needsSpace(for: operation), "seed \(seed): \(operation) with room \(before)")
                harness.directory.perform(operation)
            }
            room -= 40 + 32 + size
        }
    }

    @Test("A file that grows offers no room, a prepared one offers itself, and the larger of two counts")
    func room() throws {
        var harness = try LogHarness()
        #expect(harness.log.room == 0)
        harness.run(.append([8]))
        #expect(harness.log.room == 0)
        harness.run(.prepare)
        #expect(harness.log.room == 2048 - 72)
        harness.run(.append([8]))
        #expect(harness.log.room == 2048 - 72 - 80)
        harness.run(.prepare)
        #expect(harness.log.room == 2048 - 72)
        harness.run(.append([800]))
        #expect(harness.log.room == 2048 - 72)
        harness.run(.truncate(1), .append([800]))
        #expect(harness.log.room == 2048 - 72 - 872)
        harness.run(.truncate(1))
        #expect(harness.log.room == 0, "the log goes on in a new file")
    }

    @Test("A preparation that failed is removed, and made again under another name")
    func failedPreparation() throws {
        var harness = try LogHarness()
        let first = harness.log.preparation() ?? []
        harness.directory.perform(first.prefix(1))
        harness.directory.perform(harness.log.preparationFailed())
        #expect(harness.directory.files.isEmpty)
        #expect(harness.log.room == 0)
        harness.run(.append([10]))
        let second = harness.log.preparation() ?? []
        #expect(second.count == 3 && second.first != first.first)
        harness.directory.perform(second)
        harness.log.preparationFinished()
        #expect(harness.log.room == 2048 - 72)
    }
}
