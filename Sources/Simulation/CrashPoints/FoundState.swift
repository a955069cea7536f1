package import Raft
import Replica
import StateMachine

/// What a start finds on a disk, in a form that is cheap to compare. Because logs match (thesis 3.5), the last position stands for the
/// entries, provided that they are what was written: hence the digest.
package struct FoundState: Hashable {
    let format: [UInt8]
    let term: Term
    let votedFor: InstanceID?
    /// The end of the snapshot that was loaded; `.zero` without one.
    let snapshot: LogPosition
    /// The first entry that can be read, and the last one there is.
    let firstIndex: LogIndex
    let last: LogPosition
    /// Of the entries that can be read.
    let entries: UInt64
    let commitIndex: LogIndex
    /// The last entry applied, and the state that it led to.
    let applied: LogIndex
    let state: UInt64

    /// - Throws: what was found cannot be read back.
    package init(_ found: DirectoryStart) throws(DirectoryStart.Refusal) {
        let start = found.start
        format = found.format.encode()
        term = start.hardState.currentTerm
        votedFor = start.hardState.votedFor?.instance
        snapshot = FoundState.snapshot(on: found.disk)
        firstIndex = start.log.firstIndex
        last = start.log.lastPosition
        commitIndex = start.commitIndex
        applied = start.stateMachine.lastApplied
        entries = EntryDigest.of(try FoundState.readEntries(of: start.log, on: found.disk)[...])
        state = EntryDigest.of(start.stateMachine)
    }

    /// For a person.
    var summary: String {
        "term \(term), snapshot \(snapshot), log \(firstIndex)...\(last), committed \(commitIndex), applied \(applied)"
    }

    private static func snapshot(on disk: SimulatedDisk) -> LogPosition {
        let prefix = SnapshotFile.directory + "/"
        let positions = disk.paths.filter { $0.hasPrefix(prefix) }
            .compactMap { SnapshotFile.parse(String($0.dropFirst(prefix.count)))?.position }
        return positions.max { $0.index < $1.index } ?? .zero
    }

    /// All entries, read as a leader does for a follower that lags behind.
    package static func readEntries(
        of log: SegmentedLog, on disk: SimulatedDisk
    ) throws(DirectoryStart.Refusal) -> [LogEntry] {
        var entries: [LogEntry] = []
        do {
            while let read = log.read(from: log.firstIndex + LogIndex(entries.count), maxBytes: 1 << 20) {
                let bytes = try disk.read(read.path, offset: read.offset, count: read.count)
                let news = try log.entries(of: read, bytes: bytes)
                guard !news.isEmpty else { break }
                entries += news
            }
        } catch {
            throw DirectoryStart.Refusal(message: "what was recovered cannot be read: \(error)", corruption: nil)
        }
        guard log.firstIndex + LogIndex(entries.count) == log.lastPosition.index + 1 else {
            throw DirectoryStart.Refusal(
                message: "the log is said to end at \(log.lastPosition), and \(entries.count) entries can be read",
                corruption: nil)
        }
        return entries
    }
}

/// What entries and states are compared by: 64 bits.
enum EntryDigest {
    static func of(_ entries: ArraySlice<LogEntry>) -> UInt64 {
        var digest = Digest()
        for entry in entries {
            digest.add(entry.index)
            digest.add(entry.term)
            digest.add(UInt64(entry.kind.rawValue))
            digest.add(entry.payload)
        }
        return digest.value
    }

    static func of(_ stateMachine: StateMachine) -> UInt64 {
        var digest = Digest()
        var encoder = SnapshotEncoder(stateMachine.view())
        while let bytes = encoder.next() { digest.add(bytes) }
        return digest.value
    }
}
