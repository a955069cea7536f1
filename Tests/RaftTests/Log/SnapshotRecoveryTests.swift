import Raft
import Testing

/// A log behind a snapshot: what is a crash, and what is damage.
@Suite("Recovery with a snapshot")
struct SnapshotRecoveryTests {
    private func own(_ index: LogIndex, _ term: Term = 1) -> Recovery.Snapshot {
        Recovery.Snapshot(
            position: LogPosition(index: index, term: term), isReceived: false, clusterID: LogHarness.cluster)
    }

    private func received(_ index: LogIndex, _ term: Term = 1) -> Recovery.Snapshot {
        Recovery.Snapshot(
            position: LogPosition(index: index, term: term), isReceived: true, clusterID: LogHarness.cluster)
    }

    /// Entries 1 to 10 in five segments of two, of term 1 up to 7 and of term 2 from there; sealed.
    private func log() throws -> LogHarness {
        var harness = try LogHarness()
        for _ in 0..<3 { harness.run(.append([900]), .append([900])) }
        harness.run(.append([900]), .append([900]), .truncate(1), .append([900]), .append([900]), .append([900]))
        harness.run(.seal)
        #expect(harness.entries.map(\.term) == [1, 1, 1, 1, 1, 1, 1, 2, 2, 2])
        return harness
    }

    @Test("Entries up to the snapshot are not visited, wherever it ends")
    func visits() throws {
        let harness = try log()
        for entry in harness.entries {
            for isReceived in [false, true] {
                let snapshot = Recovery.Snapshot(
                    position: entry.position, isReceived: isReceived, clusterID: LogHarness.cluster)
                let recovered = try recover(harness.directory, snapshot: snapshot)
                #expect(recovered.entries == harness.entries.filter { $0.index > entry.index })
                #expect(recovered.recovery.commitIndex == entry.index)
                #expect(recovered.recovery.log.lastPosition == harness.log.lastPosition)
            }
        }
    }

    @Test("A compacted log goes on; without its snapshot, or with an older one, a segment is missing")
    func compacted() throws {
        var harness = try log()
        harness.directory.perform(harness.log.compact(through: 4))
        #expect(harness.log.firstIndex == 5)
        for index in 4...7 as ClosedRange<LogIndex> {
            let recovered = try recover(harness.directory, snapshot: own(index))
            #expect(recovered.entries == harness.entries.filter { $0.index > index })
            #expect(recovered.recovery.log.firstIndex == 5)
        }
        #expect(corruption(in: harness.directory)?.path == "raft_log/00000001.segment")
        #expect(corruption(in: harness.directory, snapshot: own(3))?.path == "raft_log/00000002.segment")
        #expect(corruption(in: harness.directory, snapshot: received(3))?.path == "raft_log/00000002.segment")
    }

    @Test("A segment that is missing in the middle is damage unless the snapshot covers all that is below")
    func missingSegment() throws {
        let harness = try log()
        let paths = harness.directory.files.keys.sorted()
        for path in paths.dropLast() {
            var damaged = harness.directory
            damaged.files[path] = nil
            #expect(corruption(in: damaged, snapshot: own(1)) != nil, "\(path)")
        }
        var covered = harness.directory
        covered.files[paths[1]] = nil
        let recovered = try recover(covered, snapshot: own(4))
        #expect(recovered.entries == harness.entries.filter { $0.index > 4 })
        #expect(recovered.recovery.repairs.first == .remove(path: paths[0]))
        try recovered.checkRepairs(in: covered, snapshot: own(4))
    }

    @Test("A log that ends before the snapshot: a crash if it was received, else damage")
    func logBehind() throws {
        let harness = try log()
        let recovered = try recover(harness.directory, snapshot: received(11, 2))
        #expect(recovered.entries.isEmpty)
        #expect(recovered.recovery.lastPosition == LogPosition(index: 11, term: 2))
        try recovered.checkRepairs(in: harness.directory, snapshot: received(11, 2))
        #expect(corruption(in: harness.directory, snapshot: own(11, 2)) != nil)
    }

    @Test("A log with another term where the snapshot ends: a crash if it was received, else damage")
    func otherTerm() throws {
        let harness = try log()
        for index in 1...10 as ClosedRange<LogIndex> {
            let snapshot = received(index, 3)
            let recovered = try recover(harness.directory, snapshot: snapshot)
            #expect(recovered.entries.isEmpty)
            try recovered.checkRepairs(in: harness.directory, snapshot: snapshot)
            #expect(corruption(in: harness.directory, snapshot: own(index, 3)) != nil)
        }
    }

    @Test("A committed log does not give way to a received snapshot of another term")
    func committedLog() throws {
        var harness = try LogHarness()
        harness.run(.append([10]), .append([10]))
        harness.commitIndex = 2
        harness.run(.append([10]), .seal)
        #expect(corruption(in: harness.directory, snapshot: received(2, 3)) != nil)
        #expect(try recover(harness.directory, snapshot: received(3, 3)).entries.isEmpty)
    }

    @Test("No log at all: a crash of a new node that received a snapshot, else damage")
    func noLog() throws {
        let directory = MemoryDirectory()
        let recovered = try recover(directory, snapshot: received(11, 2))
        #expect(recovered.recovery.log.lastPosition == LogPosition(index: 11, term: 2))
        try recovered.checkRepairs(in: directory, snapshot: received(11, 2))
        #expect(corruption(in: directory, snapshot: own(11, 2)) != nil)
        #expect(corruption(in: directory, clusterID: LogHarness.cluster, snapshot: received(11, 2)) != nil)
    }

    @Test("A snapshot or a log of another cluster")
    func otherCluster() throws {
        let harness = try log()
        for isReceived in [false, true] {
            let snapshot = Recovery.Snapshot(
                position: LogPosition(index: 5, term: 1), isReceived: isReceived, clusterID: ClusterID(high: 1, low: 2))
            #expect(corruption(in: harness.directory, clusterID: LogHarness.cluster, snapshot: snapshot) != nil)
            #expect(corruption(in: harness.directory, clusterID: snapshot.clusterID, snapshot: snapshot) != nil)
        }
        let stranger = Recovery.Snapshot(
            position: LogPosition(index: 5, term: 1), isReceived: false, clusterID: ClusterID(high: 1, low: 2))
        #expect(corruption(in: harness.directory, snapshot: stranger) != nil)
    }

    @Test("Every byte of sealed data matters in a compacted log too, and in one that was reset")
    func flips() throws {
        var compacted = try log()
        compacted.snapshot = own(6)
        compacted.directory.perform(compacted.log.compact(through: 6))
        var reset = try LogHarness()
        reset.run(.append([10]), .receive(9), .append([20, 30]), .append([5]), .seal)
        for harness in [compacted, reset] {
            let paths = harness.directory.files.keys.sorted()
            for path in paths {
                let bytes = harness.directory.files[path] ?? []
                // The seal, an empty batch, is the end.
                let end = path == paths.last ? (bytes.lastIndex { $0 != 0 } ?? 0) / 8 * 8 + 8 - 40 : bytes.count
                for offset in 0..<end {
                    var damaged = harness.directory
                    damaged.flip(path, at: offset, bit: offset % 8)
                    let error = corruption(in: damaged, snapshot: harness.snapshot)
                    #expect(error?.path == path, "a flip at \(offset) of \(path) gave \(String(describing: error))")
                }
            }
        }
    }

    @Test("Names of snapshots")
    func names() {
        let file = SnapshotFile(position: LogPosition(index: 1234, term: 7), isReceived: false)
        #expect(file.path == "data/00000000000000001234-7.snapshot")
        #expect(SnapshotFile.parse("00000000000000001234-7.snapshot") == file)
        let end = LogPosition(index: LogPosition.maximumIndex, term: LogPosition.maximumTerm)
        let largest = SnapshotFile(position: end, isReceived: true)
        #expect(largest.path == "data/04611686018427387904-4611686018427387904.received")
        #expect(SnapshotFile.parse(String(largest.path.dropFirst(5))) == largest)
        for wrong in [
            "", ".snapshot", "1234-7.snapshot", "00000000000000001234-07.snapshot", "00000000000000001234.snapshot",
            "00000000000000000000-7.snapshot", "00000000000000001234-0.received", "00000000000000001234-7.received.tmp",
            "000000000000000012340-7.snapshot", "00000000000000001234-7-7.snapshot", "+0000000000000001234-7.snapshot",
            "writing", "receiving", "04611686018427387905-7.snapshot",
            "00000000000000001234-4611686018427387905.snapshot",
        ] {
            #expect(SnapshotFile.parse(wrong) == nil, "\(wrong)")
        }
    }
}
