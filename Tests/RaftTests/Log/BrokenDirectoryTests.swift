import Raft
import Testing

/// Damage that no crash explains: the start is refused, with the file and the place.
@Suite("Broken directories")
struct BrokenDirectoryTests {
    /// Three segments, one of them void from its middle on, sealed.
    private func sealedLog() throws -> LogHarness {
        var harness = try LogHarness()
        harness.run(.prepare, .append([10, 600]), .append([0]), .append([30, 5]), .truncate(1), .prepare)
        harness.run(.append([40]), .append([1200]), .append([900]), .append([20]), .seal)
        return harness
    }

    @Test("Every byte of sealed data matters")
    func flips() throws {
        let harness = try sealedLog()
        let paths = harness.directory.files.keys.sorted()
        #expect(paths.count == 3)
        for path in paths {
            let end = path == paths.last ? sealOffset(of: harness, path) : harness.directory.files[path]?.count ?? 0
            for offset in 0..<end {
                var damaged = harness.directory
                damaged.flip(path, at: offset, bit: offset % 8)
                let error = corruption(in: damaged)
                #expect(error?.path == path, "a flip at \(offset) of \(path) gave \(String(describing: error))")
                #expect((error?.offset ?? 0) <= UInt64(offset), "a flip at \(offset) is reported behind it")
            }
        }
    }

    /// Where the last batch, an empty one, starts.
    private func sealOffset(of harness: LogHarness, _ path: String) -> Int {
        let bytes = harness.directory.files[path] ?? []
        let used = (bytes.lastIndex { $0 != 0 } ?? 0) / 8 * 8 + 8
        return used - 40
    }

    @Test("Zeros instead of a sealed batch, or of the rest of a sealed segment")
    func zeroedBatches() throws {
        let harness = try sealedLog()
        let first = "raft_log/00000001.segment"
        for path in [first, "raft_log/00000002.segment"] {
            let count = harness.directory.files[path]?.count ?? 0
            for start in stride(from: 72, to: count, by: 8) {
                var damaged = harness.directory
                damaged.write(path, offset: start, bytes: [UInt8](repeating: 0, count: count - start))
                let error = corruption(in: damaged)
                #expect(error?.path == path)
                damaged.perform([.truncate(path: path, size: UInt64(start))])
                #expect(corruption(in: damaged)?.path == path)
            }
        }
    }

    @Test("A missing segment")
    func missingSegment() throws {
        let harness = try sealedLog()
        for number in 1...2 {
            var damaged = harness.directory
            damaged.perform([.remove(path: "raft_log/0000000\(number).segment")])
            #expect(corruption(in: damaged)?.path == "raft_log/0000000\(number).segment")
        }
    }

    @Test("A segment or a batch in the place of another")
    func misplaced() throws {
        let harness = try sealedLog()
        var damaged = harness.directory
        damaged.files["raft_log/00000002.segment"] = damaged.files["raft_log/00000003.segment"]
        #expect(corruption(in: damaged)?.path == "raft_log/00000002.segment")

        // The same batch of the same number, written into the same place of another cluster's segment.
        var one = try LogHarness()
        var other = try LogHarness()
        other.log.clusterID = ClusterID(high: 1, low: 1)
        one.run(.append([10]), .seal)
        other.run(.append([10]), .seal)
        let path = "raft_log/00000001.segment"
        let bytes = try #require(other.directory.files[path])
        damaged = one.directory
        damaged.write(path, offset: 72, bytes: Array(bytes[72...]))
        #expect(corruption(in: damaged)?.path == path)
    }

    @Test("Another cluster's log, or none where FORMAT knows a cluster")
    func wrongCluster() throws {
        let harness = try sealedLog()
        #expect(corruption(in: harness.directory, clusterID: LogHarness.cluster) == nil)
        #expect(corruption(in: harness.directory, clusterID: ClusterID(high: 1, low: 2))?.offset == 8)
        #expect(corruption(in: MemoryDirectory(), clusterID: LogHarness.cluster)?.path == "raft_log")
        #expect(try recover(harness.directory).recovery.log.clusterID == LogHarness.cluster)
    }

    @Test("A prepared last segment that became shorter within a batch")
    func shortened() throws {
        var harness = try LogHarness()
        harness.run(.prepare, .append([10]), .append([100]))
        let path = "raft_log/00000001.segment"
        let used = Int(harness.log.bytesOnDisk) == 2048 ? 72 + 40 + 48 + 40 + 136 : 0
        for size in (72 + 40 + 48 + 1)..<used {
            var damaged = harness.directory
            damaged.perform([.truncate(path: path, size: UInt64(size))])
            #expect(corruption(in: damaged)?.path == path, "\(size) bytes")
        }
        var cut = harness.directory
        cut.perform([.truncate(path: path, size: UInt64(used))])
        #expect(try recover(cut).entries == harness.entries)
    }

    @Test("A disk that does not read is no damage")
    func unreadable() throws {
        var directory = try sealedLog().directory
        directory.unreadable = "raft_log/00000002.segment"
        do {
            _ = try recover(directory)
            Issue.record("recovered what cannot be read")
        } catch RecoveryFailure.disk(let error) {
            #expect(error.path == "raft_log/00000002.segment")
        }
    }
}
