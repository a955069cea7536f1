import Raft
import Testing

/// A crash at every operation, and within it at every byte: nothing acknowledged is lost, nothing is invented, and the log
/// goes on.
@Suite("Crash points of the log")
struct CrashPointTests {
    static let workloads: [[LogHarness.Step]] = [
        [.append([0]), .append([1, 2, 3]), .seal, .append([40]), .append([7]), .seal],
        [.prepare, .append([10]), .append([600]), .prepare, .append([500]), .append([700]), .append([5, 5]), .seal],
        [
            .append([20, 20]), .append([20]), .truncate(2), .append([30]), .seal, .truncate(1), .append([8]),
            .append([9]),
        ],
        [
            .prepare, .append([10, 10]), .truncate(2), .append([500]), .prepare, .truncate(1), .append([1]),
            .append([2]),
        ],
        [.append([10]), .append([3000]), .append([10]), .prepare, .append([2500, 10]), .append([900, 900, 1])],
        [.append([10, 10]), .seal, .truncate(1), .seal, .append([10]), .truncate(1), .seal],
    ]

    @Test("Acknowledged <= recovered <= written, twice over, and appending goes on", arguments: 0..<workloads.count)
    func everyCrash(workload: Int) throws {
        var random = SeededRandom(seed: UInt64(workload) + 1)
        var harness = try LogHarness()
        var states = 0
        // A cut is not synced: it may be lost for good while all that came after it is durable.
        var uncut = MemoryDirectory()
        for step in Self.workloads[workload] {
            let before = harness
            for operation in harness.plan(step) {
                let directories = uncut == harness.directory ? [uncut] : [harness.directory, uncut]
                for directory in directories.flatMap({ $0.torn(by: operation, using: &random) }) {
                    states += 1
                    try check(directory, between: before, and: harness, goesOn: states % 7 == 0)
                }
                harness.directory.perform(operation)
                if operation.verb != "truncate" { uncut.perform(operation) }
            }
            harness.finish(step)
            for directory in [harness.directory, uncut] {
                let recovered = try check(directory, between: before, and: harness, goesOn: true)
                if harness.entriesBeforeTruncation == nil { #expect(recovered.entries == harness.entries) }
            }
        }
        #expect(states > 100)
    }

    @discardableResult
    private func check(
        _ directory: MemoryDirectory, between before: LogHarness, and after: LogHarness, goesOn: Bool
    ) throws -> Recovered {
        let recovered = try recover(directory)
        let isOld = [before, after].contains { $0.entriesBeforeTruncation == recovered.entries }
        if !isOld {
            #expect(recovered.entries.count >= before.entries.count, "acknowledged entries are lost")
            #expect(after.entries.starts(with: recovered.entries), "entries that nobody wrote")
        }
        try recovered.checkRepairs(in: directory)
        if goesOn { try checkContinuation(of: recovered, in: directory) }
        return recovered
    }

    /// The log goes on after the crash, also when the repair's cut was not durable, and a second crash is survived.
    private func checkContinuation(of recovered: Recovered, in directory: MemoryDirectory) throws {
        var next = LogHarness(continuing: recovered, in: directory)
        next.run(.append([60, 5]), .truncate(1), .append([30]), .append([31]))
        #expect(try recover(next.directory).entries == next.entries)
        if let tail = recovered.recovery.tornTail {
            next.directory.files[tail.path] = directory.files[tail.path]
            #expect(try recover(next.directory).entries == next.entries)
        }
    }

    @Test("A damaged last batch is cut while unsealed, and corruption once anything is behind it")
    func lastBatch() throws {
        var harness = try LogHarness()
        harness.run(.prepare, .append([10]), .append([100]))
        let path = "raft_log/00000001.segment"
        let start = 72 + 40 + 48
        let end = start + 40 + 136
        for offset in start..<end {
            var torn = harness.directory
            torn.flip(path, at: offset, bit: 3)
            let recovered = try recover(torn)
            #expect(recovered.entries.count == 1)
            #expect(recovered.recovery.tornTail?.path == path)
            #expect(recovered.recovery.tornTail?.offset == UInt64(start))
            #expect(recovered.recovery.repairs.first == .truncate(path: path, size: UInt64(start)))
        }
        var sealed = harness
        sealed.run(.seal)
        var begun = harness.directory
        begun.write(path, offset: end, bytes: [0, 0, 0, 0, 0, 0, 0, 1])
        for offset in start..<end {
            var damaged = sealed.directory
            damaged.flip(path, at: offset, bit: 3)
            #expect(corruption(in: damaged)?.path == path)
            if offset >= start + 40 {
                damaged = begun
                damaged.flip(path, at: offset, bit: 3)
                #expect(corruption(in: damaged)?.path == path, "the next batch was begun")
            }
        }
    }

    @Test("A segment without a valid first batch is damage: it gets its name when that is synced")
    func firstBatch() throws {
        var harness = try LogHarness()
        harness.run(.append([10]), .prepare, .truncate(1), .append([20]))
        for offset in 0..<(72 + 40 + 56) {
            var damaged = harness.directory
            damaged.flip("raft_log/00000002.segment", at: offset)
            #expect(corruption(in: damaged)?.path == "raft_log/00000002.segment")
        }
    }
}
