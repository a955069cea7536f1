import Raft
import Testing

extension LogHarness {
    /// Reads entries as a leader does for a follower that lags behind memory.
    func entriesRead(from index: LogIndex, maxBytes: Int) throws -> [LogEntry] {
        guard let read = log.read(from: index, maxBytes: maxBytes) else { return [] }
        return try log.entries(of: read, bytes: directory.read(read.path, offset: read.offset, count: read.count))
    }
}

@Suite("Entries read back from disk")
struct LogReadTests {
    @Test("Every index can be read, in pieces of every size, until the end", arguments: [1, 500, 70_000, 1 << 20])
    func everyIndex(maxBytes: Int) throws {
        let settings = SegmentedLog.Settings(segmentSize: 300_000, maxBatchSize: 8192)
        var harness = try LogHarness(settings: settings)
        harness.run((0..<60).map { .append([$0 * 300, 3000, 5]) })
        harness.run(.truncate(2), .append([700]), .seal, .append([5]))
        let recovered = LogHarness(
            continuing: try recover(harness.directory, settings: settings), in: harness.directory)
        for source in [harness, recovered] {
            for index in stride(from: 1, through: harness.entries.count, by: 7) {
                let entries = try source.entriesRead(from: LogIndex(index), maxBytes: maxBytes)
                #expect(!entries.isEmpty)
                #expect(entries[...] == harness.entries[(index - 1)..<(index - 1 + entries.count)])
                let weight = entries.reduce(0) { $0 + $1.payload.count }
                #expect(weight < maxBytes + 65_536 + 2 * 18_000)
            }
        }
    }

    @Test("An index beyond the end, before the start or truncated is not read")
    func outside() throws {
        var harness = try LogHarness()
        harness.run(.append([1, 2, 3]))
        #expect(harness.log.read(from: 0, maxBytes: 1) == nil)
        #expect(harness.log.read(from: 4, maxBytes: 1) == nil)
        let read = try #require(harness.log.read(from: 2, maxBytes: 1))
        let bytes = try harness.directory.read(read.path, offset: read.offset, count: read.count)
        harness.run(.truncate(1))
        #expect(harness.log.read(from: 3, maxBytes: 1) == nil)
        #expect(try harness.log.entries(of: read, bytes: bytes) == [harness.entries[1]])
        harness.run(.truncate(2), .append([9, 9]))
        #expect(try harness.log.entries(of: read, bytes: bytes) == [])
    }

    @Test("A batch that may still be under way is left out of a read")
    func inFlight() throws {
        var harness = try LogHarness()
        harness.run(.append([10]), .append([20]))
        let before = harness.directory
        _ = harness.plan(.append([30]))
        harness.directory = before
        #expect(try harness.entriesRead(from: 1, maxBytes: 1 << 20) == Array(harness.entries[..<2]))
    }

    @Test("Bytes that changed since they were written are not taken for entries")
    func damage() throws {
        var harness = try LogHarness()
        harness.run(.append([100, 100]))
        let read = try #require(harness.log.read(from: 1, maxBytes: 1 << 20))
        let bytes = try harness.directory.read(read.path, offset: read.offset, count: read.count)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 0x10
            #expect(throws: CorruptionError.self) { try harness.log.entries(of: read, bytes: damaged) }
        }
        #expect(throws: CorruptionError.self) { try harness.log.entries(of: read, bytes: Array(bytes.dropLast())) }
    }
}
