import Raft
import Testing

@Suite("The log on disk")
struct SegmentedLogTests {
    @Test("A log comes back as it was written, across segments of every origin")
    func roundTrip() throws {
        var harness = try LogHarness()
        harness.commitIndex = 3
        harness.run(
            .append([0, 1, 7, 8, 9]), .prepare, .append([300]), .append([900]), .append([900, 900, 20]), .seal)
        let recovered = try recover(harness.directory, clusterID: LogHarness.cluster)
        #expect(recovered.entries == harness.entries)
        #expect(recovered.recovery.commitIndex == 3)
        #expect(recovered.recovery.tornTail == nil)
        #expect(recovered.recovery.log.segmentCount == harness.log.segmentCount)
        #expect(harness.log.segmentCount > 2)
        #expect(recovered.recovery.log.bytesOnDisk == harness.log.bytesOnDisk)
        #expect(harness.log.bytesOnDisk == UInt64(harness.directory.files.values.reduce(0) { $0 + $1.count }))
    }

    @Test("An empty directory is an empty log without anything to repair")
    func empty() throws {
        let recovered = try recover(MemoryDirectory())
        #expect(recovered.recovery.lastPosition == .zero)
        #expect(recovered.recovery.repairs == [])
        #expect(recovered.recovery.log.firstIndex == 1)
        #expect(recovered.recovery.log.clusterID == .none)
    }

    @Test("An append is one write and one sync; what does not fit is split at entries")
    func batches() throws {
        var harness = try LogHarness()
        harness.run(.prepare)
        let first = harness.plan(.append([10]))
        harness.directory.perform(first)
        #expect(first.map(\.verb) == ["write", "sync", "rename", "syncDirectory"])
        let second = harness.plan(.append([10, 10]))
        harness.directory.perform(second)
        #expect(second.map(\.verb) == ["write", "sync"])
        let many = harness.plan(.append([Int](repeating: 400, count: 3)))
        harness.directory.perform(many)
        #expect(many.map(\.verb) == ["write", "sync", "write", "sync"], "two fit into 1024 bytes")
        #expect(harness.log.append([], commitIndex: 9) == [])
        #expect(try recover(harness.directory).entries == harness.entries)
    }

    @Test("An entry larger than a segment gets a segment of its own", arguments: [1900, 2048, 10_000])
    func oversized(size: Int) throws {
        var harness = try LogHarness()
        harness.run(.append([5]), .prepare, .append([5, size, 5]), .append([size]), .seal)
        #expect(try recover(harness.directory).entries == harness.entries)
        #expect(harness.directory.files.values.contains { $0.count > size })
        #expect(try harness.entriesRead(from: 3, maxBytes: 1).first == harness.entries[2])
    }

    @Test("A seal is an empty batch, written once")
    func seals() throws {
        var harness = try LogHarness()
        #expect(harness.plan(.seal) == [])
        harness.run(.append([10]))
        let seal = harness.plan(.seal)
        harness.directory.perform(seal)
        #expect(seal.map(\.verb) == ["write", "sync"])
        #expect(harness.plan(.seal) == [])
        harness.commitIndex = 1
        harness.run(.append([3]))
        #expect(harness.plan(.seal).count == 2)
        var recovered = try recover(harness.directory)
        #expect(recovered.recovery.log.seal(commitIndex: 1).isEmpty == false, "found without a seal")
    }

    @Test("After a truncation the log goes on in a new segment, and the old entries stay void")
    func truncation() throws {
        var harness = try LogHarness()
        harness.run(.append([10, 10, 10]), .append([20, 20]), .truncate(3))
        let segments = harness.log.segmentCount
        harness.run(.append([30, 30, 30, 30]), .truncate(1), .append([40]), .append([50, 50, 50]))
        #expect(harness.log.segmentCount == segments + 2)
        let recovered = try recover(harness.directory)
        #expect(recovered.entries == harness.entries)
        #expect(recovered.entries.map(\.term) == [1, 1, 2, 2, 2, 3, 3, 3, 3])
    }

    @Test("A truncation of everything starts the log anew")
    func truncationOfAll() throws {
        var harness = try LogHarness()
        harness.run(.append([10, 10]), .truncate(2), .append([5]), .append([6]), .seal)
        #expect(try recover(harness.directory).entries == harness.entries)
        #expect(harness.log.firstIndex == 1)
    }

    @Test("A founding entry that another leader's replaces may be of another cluster, and only such a one")
    func foundingEntryOfAnotherCluster() throws {
        let other = ClusterID(high: 1, low: 2)
        var harness = try LogHarness()
        harness.run(.append([10]), .truncate(1))
        harness.log.clusterID = other
        harness.run(.append([5]), .append([6]), .seal)
        for named in [ClusterID.none, other] {
            let recovered = try recover(harness.directory, clusterID: named)
            #expect(recovered.entries == harness.entries)
            #expect(recovered.recovery.log.clusterID == other)
        }
        #expect(corruption(in: harness.directory, clusterID: LogHarness.cluster) != nil)
    }

    @Test("A seal makes a truncation durable")
    func sealedTruncation() throws {
        var harness = try LogHarness()
        harness.run(.append([10, 10]), .truncate(1), .seal)
        #expect(try recover(harness.directory).entries == harness.entries)
    }

    @Test("One file is prepared at a time, and used once")
    func preparation() throws {
        var harness = try LogHarness()
        let operations = harness.log.preparation() ?? []
        #expect(operations.map(\.verb) == ["create", "writeZeros", "sync"])
        #expect(harness.log.preparation() == nil, "under way")
        harness.directory.perform(operations)
        harness.run(.append([10]))
        harness.log.preparationFinished()
        #expect(harness.log.preparation() == nil, "ready")
        harness.run(.truncate(1), .append([11]))
        #expect(harness.directory.files["raft_log/00000002.segment"]?.count == 2048)
        #expect(harness.log.preparation() != nil)
    }

    @Test("A segment that was not zero-filled is left as soon as one that is stands ready")
    func growingSegmentIsLeft() throws {
        var harness = try LogHarness()
        harness.run(.append([10]))
        let operations = harness.log.preparation()
        harness.directory.perform(try #require(operations))
        harness.log.preparationFinished()
        harness.run(.append([10]), .append([10]))
        #expect(harness.log.segmentCount == 2)
        #expect(harness.directory.files["raft_log/00000002.segment"]?.count == Int(LogHarness.settings.segmentSize))
        #expect(try recover(harness.directory).entries == harness.entries)
    }

    @Test("A start goes on in the last segment only if it was zero-filled ahead")
    func continuation() throws {
        for isPrepared in [true, false] {
            var harness = try LogHarness()
            if isPrepared { harness.run(.prepare) }
            harness.run(.append([10]))
            var next = LogHarness(continuing: try recover(harness.directory), in: harness.directory)
            next.run(.append([20]))
            #expect(next.log.segmentCount == (isPrepared ? 1 : 2))
            #expect(try recover(next.directory).entries == next.entries)
        }
    }

    @Test("A file that grew is closed by a start even where zeros are left of a batch that was lost")
    func grownWithZeros() throws {
        var harness = try LogHarness()
        harness.run(.append([10]))
        let path = "raft_log/00000001.segment"
        harness.directory.files[path]? += [UInt8](repeating: 0, count: 512)
        let recovered = try recover(harness.directory)
        #expect(recovered.recovery.tornTail == nil)
        var next = LogHarness(continuing: recovered, in: harness.directory)
        next.run(.append([20]))
        #expect(next.log.segmentCount == 2)
        #expect(next.directory.files[path]?.count == 72 + 40 + 48, "what does not count is given back")
        #expect(try recover(next.directory).entries == next.entries)
    }

    @Test("A commit index beyond the log is clipped to what the log holds")
    func commitIndexIsClipped() throws {
        var harness = try LogHarness()
        harness.commitIndex = 9
        harness.run(.append([1, 2]), .append([3]))
        #expect(try recover(harness.directory).recovery.commitIndex == 3)
    }

    @Test("Files that never became segments are removed, and strange names are left alone")
    func leftovers() throws {
        var harness = try LogHarness()
        harness.run(.append([10]), .prepare)
        harness.directory.files["raft_log/notes.txt"] = [1]
        harness.directory.files["raft_log/0000000002.segment"] = [1]
        let recovered = try recover(harness.directory)
        #expect(recovered.entries == harness.entries)
        let prepared = "raft_log/prepared-00000002"
        #expect(recovered.recovery.repairs.first == .remove(path: prepared))
        #expect(recovered.recovery.repairs.map(\.verb) == ["remove", "write", "sync", "syncDirectory"])
    }

    @Test("What was found is synced, and its last batch written again before: an earlier sync of it may have failed")
    func foundIsWrittenAndSynced() throws {
        var harness = try LogHarness()
        harness.run(.append([10]), .append([20]))
        let repairs = try recover(harness.directory).recovery.repairs
        #expect(repairs.map(\.verb) == ["write", "sync", "syncDirectory"])
        guard case .write(let path, let offset, let bytes)? = repairs.first else { return }
        let file = try #require(harness.directory.files[path])
        let rest = file[(Int(offset) + bytes.count)...]
        #expect(Array(file[Int(offset)...].prefix(bytes.count)) == bytes)
        #expect(rest.allSatisfy { $0 == 0 })
        var before = harness.directory
        before.files[path] = file[..<Int(offset)] + [UInt8](repeating: 0, count: file.count - Int(offset))
        #expect(try recover(before).entries.count == 1, "it is the last batch, and the whole of it")
    }
}

extension DiskOperation {
    /// The case's name.
    var verb: String {
        switch self {
        case .create: "create"
        case .write: "write"
        case .writeZeros: "writeZeros"
        case .sync: "sync"
        case .truncate: "truncate"
        case .rename: "rename"
        case .link: "link"
        case .remove: "remove"
        case .syncDirectory: "syncDirectory"
        }
    }
}
