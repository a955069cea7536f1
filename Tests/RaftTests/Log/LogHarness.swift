import Raft
import Testing

/// What recovery told about a directory.
struct Recovered {
    var recovery: Recovery
    var entries: [LogEntry]

    /// The end of the snapshot that it was recovered with, or of nothing.
    var base = LogPosition.zero

    var positions: [LogPosition] { entries.map(\.position) }
}

extension Recovered {
    /// A crash before, between or after the repairs changes nothing.
    func checkRepairs(in directory: MemoryDirectory, snapshot: Recovery.Snapshot? = nil) throws {
        var repaired = directory
        var random = SeededRandom(seed: 1)
        // Bytes written again are no new state.
        for state in directory.crashes(during: recovery.repairs, using: &random) where state != directory {
            #expect(try recover(state, snapshot: snapshot).entries == entries)
        }
        repaired.perform(recovery.repairs)
        let again = try recover(repaired, snapshot: snapshot)
        #expect(again.entries == entries)
        #expect(again.recovery.tornTail == nil)
        var rewritten = repaired
        rewritten.perform(again.recovery.repairs)
        #expect(rewritten == repaired)
        #expect(again.recovery.log.segmentCount == recovery.log.segmentCount)
        #expect(again.recovery.log.bytesOnDisk == recovery.log.bytesOnDisk)
    }
}

/// Recovers the log in `directory` without touching it.
func recover(
    _ directory: MemoryDirectory, clusterID: ClusterID = .none, settings: SegmentedLog.Settings = LogHarness.settings,
    snapshot: Recovery.Snapshot? = nil
) throws -> Recovered {
    var entries: [LogEntry] = []
    var batchesAreSane = true
    let recovery = try SegmentedLog.recover(
        from: directory, clusterID: clusterID, settings: settings, snapshot: snapshot
    ) { batch, commit in
        entries += batch
        if batch.isEmpty || commit > entries.last?.index ?? 0 { batchesAreSane = false }
    }
    let base = snapshot?.position ?? .zero
    try #require(batchesAreSane, "a batch without entries, or a commit index above the last entry")
    try #require(entries.map(\.index) == (0..<LogIndex(entries.count)).map { base.index + 1 + $0 }, "entries are dense")
    try #require(recovery.lastPosition == (entries.last?.position ?? base))
    try #require(recovery.lastPosition == recovery.log.lastPosition)
    try #require((base.index...recovery.lastPosition.index).contains(recovery.commitIndex))
    return Recovered(recovery: recovery, entries: entries, base: base)
}

/// The damage that recovery reports, or `nil` when it reports none.
func corruption(
    in directory: MemoryDirectory, clusterID: ClusterID = .none, snapshot: Recovery.Snapshot? = nil
) -> CorruptionError? {
    do {
        _ = try recover(directory, clusterID: clusterID, snapshot: snapshot)
        return nil
    } catch RecoveryFailure.corruption(let error) {
        return error
    } catch {
        Issue.record("\(error) instead of damage")
        return nil
    }
}

/// A log, the directory its operations are performed on, and what both should hold.
struct LogHarness {
    static let cluster = ClusterID(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)
    static let settings = SegmentedLog.Settings(segmentSize: 2048, maxBatchSize: 1024)

    /// One verb of the log.
    enum Step {
        /// Entries with payloads of these sizes.
        case append([Int])
        /// Drops so many entries, and goes on in the next term.
        case truncate(Int)
        case seal
        case prepare
        /// A snapshot made here, so many entries before the last one; it needs no operations of the log.
        case snapshot(Int)
        /// Removes what the snapshot makes superfluous.
        case compact
        /// A snapshot from a leader that ends so many entries after the last one, in a later term.
        case receive(Int)
    }

    var log: SegmentedLog
    var directory = MemoryDirectory()
    /// Behind `base`.
    var entries: [LogEntry] = []
    /// The end of the last snapshot received.
    var base = LogPosition.zero
    var snapshot: Recovery.Snapshot?
    /// What the disk may hold again after a crash: the entries before a truncation that no batch has followed yet.
    var entriesBeforeTruncation: [LogEntry]?
    var term: Term = 1
    private var isPreparing = false
    var commitIndex: LogIndex = 0

    init(settings: SegmentedLog.Settings = Self.settings) throws {
        log = try recover(MemoryDirectory(), settings: settings).recovery.log
        log.clusterID = Self.cluster
    }

    /// Goes on with what was found in `directory`.
    init(continuing recovered: Recovered, in directory: MemoryDirectory) {
        log = recovered.recovery.log
        if log.clusterID == .none { log.clusterID = Self.cluster }
        self.directory = directory
        self.directory.perform(recovered.recovery.repairs)
        entries = recovered.entries
        base = recovered.base
        term = (entries.last?.term ?? base.term) + 1
        commitIndex = recovered.recovery.commitIndex
    }

    /// The operations of a step, which are not performed yet.
    mutating func plan(_ step: Step) -> [DiskOperation] {
        switch step {
        case .append(let sizes):
            let new = sizes.map { size in
                let index = base.index + LogIndex(entries.count) + 1
                entries.append(Self.entry(index, term: term, size: size))
                return entries[entries.count - 1]
            }
            return log.append(new, commitIndex: commitIndex)
        case .truncate(let count):
            entriesBeforeTruncation = entriesBeforeTruncation ?? entries
            entries.removeLast(count)
            term += 1
            log.truncate(after: entries.last?.position ?? base)
            return []
        case .seal:
            return log.seal(commitIndex: commitIndex)
        case .prepare:
            let operations = log.preparation()
            isPreparing = operations != nil
            return operations ?? []
        case .snapshot(let back):
            let position = entries[entries.count - 1 - back].position
            snapshot = Recovery.Snapshot(position: position, isReceived: false, clusterID: log.clusterID)
            return []
        case .compact:
            return compact(through: snapshot?.position.index ?? 0)
        case .receive(let ahead):
            term += 1
            let index = UInt64(Int(entries.last?.index ?? base.index) + ahead)
            return receive(LogPosition(index: index, term: term))
        }
    }

    mutating func compact(through index: LogIndex) -> [DiskOperation] { log.compact(through: index) }

    /// A snapshot from a leader takes the place of everything.
    mutating func receive(_ position: LogPosition) -> [DiskOperation] {
        base = position
        entries = []
        snapshot = Recovery.Snapshot(position: base, isReceived: true, clusterID: log.clusterID)
        return log.reset(to: base, commitIndex: base.index)
    }

    /// What a start that loads the snapshot reads behind it.
    var entriesBehindSnapshot: [LogEntry] { entries.filter { $0.index > snapshot?.position.index ?? 0 } }

    /// A step's operations are all performed.
    mutating func finish(_ step: Step) {
        switch step {
        case .append, .seal, .receive: entriesBeforeTruncation = nil
        case .truncate, .snapshot, .compact: break
        case .prepare: if isPreparing { log.preparationFinished() }
        }
    }

    mutating func run(_ steps: [Step]) {
        for step in steps {
            directory.perform(plan(step))
            finish(step)
        }
    }

    mutating func run(_ steps: Step...) { run(steps) }

    /// An entry whose payload tells it apart.
    static func entry(_ index: LogIndex, term: Term, size: Int) -> LogEntry {
        var random = SeededRandom(seed: index &* 1_000_003 &+ term)
        let kind = LogEntry.Kind(rawValue: UInt8(index % 3)) ?? .noop
        return LogEntry(
            term: term, index: index, kind: kind,
            payload: (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    }
}
