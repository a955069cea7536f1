import Raft
import Testing

/// What recovery told about a directory.
struct Recovered {
    var recovery: Recovery
    var entries: [LogEntry]

    var positions: [LogPosition] { entries.map(\.position) }
}

/// Recovers the log in `directory` without touching it.
func recover(
    _ directory: MemoryDirectory, clusterID: ClusterID = .none, settings: SegmentedLog.Settings = LogHarness.settings
) throws -> Recovered {
    var entries: [LogEntry] = []
    var batchesAreSane = true
    let recovery = try SegmentedLog.recover(from: directory, clusterID: clusterID, settings: settings) {
        batch, commit in
        entries += batch
        if batch.isEmpty || commit > entries.count { batchesAreSane = false }
    }
    try #require(batchesAreSane, "a batch without entries, or a commit index above the last entry")
    try #require(entries.map(\.index) == (0..<LogIndex(entries.count)).map { $0 + 1 }, "the entries are dense from 1")
    try #require(recovery.lastPosition == (entries.last?.position ?? .zero))
    try #require(recovery.lastPosition == recovery.log.lastPosition)
    try #require(recovery.commitIndex <= recovery.lastPosition.index)
    return Recovered(recovery: recovery, entries: entries)
}

/// The damage that recovery reports, or `nil` when it reports none.
func corruption(in directory: MemoryDirectory, clusterID: ClusterID = .none) -> CorruptionError? {
    do {
        _ = try recover(directory, clusterID: clusterID)
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
    }

    var log: SegmentedLog
    var directory = MemoryDirectory()
    var entries: [LogEntry] = []
    /// What the disk may hold again after a crash: the entries before a truncation that no batch has followed yet.
    var entriesBeforeTruncation: [LogEntry]?
    var term: Term = 1
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
        term = (entries.last?.term ?? 0) + 1
        commitIndex = recovered.recovery.commitIndex
    }

    /// The operations of a step, which are not performed yet.
    mutating func plan(_ step: Step) -> [DiskOperation] {
        switch step {
        case .append(let sizes):
            let new = sizes.map { size in
                entries.append(Self.entry(LogIndex(entries.count + 1), term: term, size: size))
                return entries[entries.count - 1]
            }
            return log.append(new, commitIndex: commitIndex)
        case .truncate(let count):
            entriesBeforeTruncation = entriesBeforeTruncation ?? entries
            entries.removeLast(count)
            term += 1
            log.truncate(after: entries.last?.position ?? .zero)
            return []
        case .seal:
            return log.seal(commitIndex: commitIndex)
        case .prepare:
            return log.preparation() ?? []
        }
    }

    /// A step's operations are all performed.
    mutating func finish(_ step: Step) {
        switch step {
        case .append, .seal: entriesBeforeTruncation = nil
        case .truncate: break
        case .prepare: log.preparationFinished()
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
