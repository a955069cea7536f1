import Raft
import Testing

/// A crash at every operation of a compaction or an installation, of whose unlinks and renames any may be on the disk: nothing
/// acknowledged is lost, nothing comes back, and the log goes on.
@Suite("Crash points around snapshots")
struct SnapshotCrashPointTests {
    static let workloads: [[LogHarness.Step]] = [
        // One segment after the other goes.
        [
            .append([700, 700]), .append([900]), .append([800]), .snapshot(0), .compact, .append([900]), .append([5]),
            .snapshot(1), .compact, .append([7]), .seal,
        ],
        [
            .prepare, .append([600]), .append([600]), .prepare, .append([900]), .append([900]), .append([900]),
            .prepare,
            .append([900]), .append([10]), .snapshot(2), .compact, .append([20]), .snapshot(0), .compact, .append([3]),
        ],
        // Segments that were void from their first entry on lie between those that go and those that stay.
        [
            .append([10, 10]), .append([900, 900]), .truncate(1), .append([700]), .truncate(2), .append([600, 600]),
            .append([900]), .append([900]), .snapshot(1), .compact, .truncate(1), .append([4]), .snapshot(0), .compact,
            .append([5]),
        ],
        // A truncation that is not on disk yet.
        [
            .append([900]), .append([900]), .append([900]), .append([900]), .truncate(2), .snapshot(0), .compact,
            .append([3]), .compact, .append([900]), .append([900]), .snapshot(0), .compact,
        ],
        // Snapshots from a leader, and on from there.
        [.receive(5), .append([10]), .append([20]), .seal, .receive(10), .receive(1), .append([700, 3])],
        [
            .append([10, 20]), .append([900]), .receive(7), .append([30]), .append([900]), .append([900]), .snapshot(1),
            .compact, .append([3]), .receive(3), .append([1]),
        ],
        [
            .prepare, .append([10, 20]), .prepare, .receive(7), .prepare, .append([30]), .append([900]), .append([900]),
            .truncate(2), .receive(1), .append([9]),
        ],
        // The log is longer than the snapshot, and another one.
        [
            .append([10]), .append([900]), .append([900]), .append([900]), .append([9]), .receive(-2), .append([5]),
            .append([6]), .truncate(1), .receive(0), .append([7]),
        ],
        // Everything behind it is truncated.
        [
            .append([10]), .receive(4), .append([10, 10]), .truncate(2), .append([3]), .truncate(1), .seal,
            .append([4]),
        ],
    ]

    @Test("Acknowledged <= recovered <= written, and appending goes on", arguments: 0..<workloads.count)
    func everyCrash(workload: Int) throws {
        var random = SeededRandom(seed: UInt64(workload) + 100)
        var harness = try LogHarness()
        var states = 0
        for step in Self.workloads[workload] {
            let before = harness
            let operations = harness.plan(step)
            for directory in before.directory.crashes(during: operations, using: &random) {
                states += 1
                try check(directory, between: before, and: harness, goesOn: states % 5 == 0)
            }
            harness.directory.perform(operations)
            harness.finish(step)
            let recovered = try recover(harness.directory, snapshot: harness.snapshot)
            if harness.entriesBeforeTruncation == nil { #expect(recovered.entries == harness.entriesBehindSnapshot) }
            // After a truncation to the end of a received snapshot a start removes what is void.
            #expect(recovered.recovery.log.segmentCount <= harness.log.segmentCount)
        }
        #expect(states > 50)
    }

    /// - Parameter directory: left by a crash between `before` and `after`; the snapshot of `after` is in it.
    private func check(
        _ directory: MemoryDirectory, between before: LogHarness, and after: LogHarness, goesOn: Bool
    ) throws {
        let recovered = try recover(directory, snapshot: after.snapshot)
        let behind = after.snapshot?.position.index ?? 0
        let isOld = [before, after].contains { harness in
            harness.entriesBeforeTruncation.map { $0.filter { $0.index > behind } } == recovered.entries
        }
        if !isOld {
            if after.base == before.base {
                let acknowledged = before.entries.count { $0.index > behind }
                #expect(recovered.entries.count >= acknowledged, "acknowledged entries are lost")
            }
            #expect(after.entriesBehindSnapshot.starts(with: recovered.entries), "entries that nobody wrote")
        }
        try recovered.checkRepairs(in: directory, snapshot: after.snapshot)
        guard goesOn else { return }
        var next = LogHarness(continuing: recovered, in: directory)
        next.run(.append([60, 5]), .truncate(1), .append([30]), .append([31]))
        #expect(try recover(next.directory, snapshot: after.snapshot).entries == next.entries)
    }

    @Test("A crash before the reset, with a log that holds the snapshot's last entry: the log goes on")
    func installedWhatTheLogHolds() throws {
        var harness = try LogHarness()
        harness.run(.append([10]), .append([900]), .append([900]), .append([900]), .append([9]), .seal)
        let entries = harness.entries
        let before = harness.directory
        let operations = harness.receive(entries[2].position)
        var random = SeededRandom(seed: 1)
        var outcomes: Set<Int> = []
        for directory in before.crashes(during: operations, using: &random) {
            let recovered = try recover(directory, snapshot: harness.snapshot)
            #expect(recovered.entries == Array(entries[3...]) || recovered.entries.isEmpty)
            outcomes.insert(recovered.entries.count)
            try recovered.checkRepairs(in: directory, snapshot: harness.snapshot)
        }
        #expect(outcomes == [0, 2])
    }

    @Test("A crash before the reset of a log that founded a cluster in vain")
    func installedFromAnotherCluster() throws {
        let snapshot = Recovery.Snapshot(
            position: LogPosition(index: 9, term: 3), isReceived: true, clusterID: ClusterID(high: 1, low: 2))
        var harness = try LogHarness()
        harness.run(.append([10]), .append([900]), .append([900]))
        let before = harness.directory
        let recovered = try recover(before, snapshot: snapshot)
        #expect(recovered.entries.isEmpty)
        #expect(recovered.recovery.log.clusterID == snapshot.clusterID)
        try recovered.checkRepairs(in: before, snapshot: snapshot)
        #expect(
            corruption(in: before, clusterID: LogHarness.cluster, snapshot: snapshot) != nil,
            "FORMAT names the cluster: it was formed")

        harness.log.truncate(after: .zero)
        harness.log.clusterID = snapshot.clusterID
        var random = SeededRandom(seed: 1)
        let reset = harness.log.reset(to: snapshot.position, commitIndex: 9)
        for directory in before.crashes(during: reset, using: &random) {
            let recovered = try recover(directory, snapshot: snapshot)
            #expect(recovered.entries.isEmpty)
            try recovered.checkRepairs(in: directory, snapshot: snapshot)
        }
    }
}
