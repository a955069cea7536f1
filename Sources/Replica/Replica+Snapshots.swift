package import Raft
import StateMachine

/// The snapshots of this node: the one on disk, and the one on its way there.
struct Snapshots {
    /// A snapshot file that is whole and durable.
    struct Stored: Equatable {
        let position: LogPosition
        /// Relative to the data directory.
        let path: String
        let size: UInt64
        /// Of all its bytes.
        let checksum: UInt32
    }

    /// The one that the next start takes; the log holds what came after it.
    private(set) var newest: Stored?
    /// Older ones that are still being sent.
    private var retired: [Stored] = []
    /// A copy of the state whose entries are not all durable here.
    private var waiting: SnapshotWriter?
    /// The one that is being written.
    private var writing: UInt64?
    private var nextID: UInt64 = 1
    private var retryAt = Instant.zero
    /// Why the last one could not be made.
    private(set) var trouble: String?

    init(_ newest: Stored?) { self.newest = newest }

    var newestIndex: LogIndex { newest?.position.index ?? 0 }

    /// Whether another may be begun.
    func isFree(now: Instant) -> Bool { waiting == nil && writing == nil && now >= retryAt }

    /// When a failed one is to be tried again.
    func deadline(now: Instant) -> Instant { retryAt > now ? retryAt : .never }

    mutating func begin(_ view: StateMachine.View) {
        waiting = SnapshotWriter(id: nextID, view)
        nextID += 1
    }

    /// The writer that waits, once everything in its state is durable here: a log that ends before a snapshot made of it is damaged.
    mutating func takeWriter(durable index: LogIndex) -> SnapshotWriter? {
        guard let writer = waiting, writer.position.index <= index else { return nil }
        waiting = nil
        writing = writer.id
        return writer
    }

    /// A state that is about to be replaced is not worth a file.
    mutating func abandonWaiting() { waiting = nil }

    /// Whether `id` was being written and is no more.
    mutating func finishWriting(_ id: UInt64) -> Bool {
        guard writing == id else { return false }
        writing = nil
        return true
    }

    mutating func failed(_ reason: String, retryAt: Instant) {
        trouble = reason
        self.retryAt = retryAt
    }

    /// Another takes the place of the newest.
    mutating func replaceNewest(by stored: Stored) {
        if let newest { retired.append(newest) }
        newest = stored
        trouble = nil
    }

    /// The files that neither a start nor a transfer of those in `use` needs.
    mutating func takeUnneeded(inUse: [Stored]) -> [Stored] {
        guard !retired.isEmpty else { return [] }
        defer { retired.removeAll { !inUse.contains($0) } }
        return retired.filter { !inUse.contains($0) }
    }
}

extension Replica {
    /// The position of the snapshot that is durable here; `.zero` without one.
    package var snapshotPosition: LogPosition { snapshots.newest?.position ?? .zero }

    /// Why the log does not become shorter, or this node cannot take a snapshot of the leader; `nil` when all goes well.
    package var snapshotTrouble: String? { snapshots.trouble ?? receiverTrouble }

    /// Over as soon as this node goes on without: another leader may have the log that it lacks.
    var receiverTrouble: String? {
        receiver.trouble.flatMap { stateMachine.lastApplied > $0.lastApplied ? nil : $0.reason }
    }

    /// Begins a snapshot when one is due, and has it written when its entries are durable.
    func makeSnapshot(now: Instant) {
        guard !receiver.isInstalling, !isStopping else { return }
        if snapshots.isFree(now: now), isSnapshotDue { snapshots.begin(stateMachine.view()) }
        if let writer = snapshots.takeWriter(durable: raft.persistedIndex) {
            effects.append(.writeSnapshot(writer))
        }
        for stored in snapshots.takeUnneeded(inUse: transfers.snapshotsInUse) {
            remove(stored.path)
        }
    }

    /// A snapshot is due when enough was applied and the log behind the last one has outgrown it: so what is written twice stays near
    /// what is written once. Large entries fill the disk before they are many. A full disk is reason enough if more segments would go.
    /// One that failed is made when it can be: what it was due for may be over, and the trouble would stay.
    var isSnapshotDue: Bool {
        let applied = stateMachine.lastApplied - snapshots.newestIndex
        guard applied > 0 else { return false }
        if snapshots.trouble != nil { return true }
        if isDiskFull,
            log.segmentCount(through: stateMachine.lastApplied) > log.segmentCount(through: snapshots.newestIndex)
        {
            return true
        }
        let isMuch = applied >= settings.snapshotEntries
        let behind = log.bytes(after: snapshots.newestIndex)
        let limit = settings.snapshotLogBytes ?? 4 * settings.log.segmentSize
        return (isMuch || behind > limit) && behind > snapshots.newest?.size ?? 0
    }

    func snapshotWritten(_ result: SnapshotWriter.Result, now: Instant) {
        guard snapshots.finishWriting(result.id) else { return }
        // One that came from the leader meanwhile is newer.
        guard result.position.index > snapshots.newestIndex else { return remove(result.path) }
        snapshots.replaceNewest(
            by: Snapshots.Stored(
                position: result.position, path: result.path, size: result.size, checksum: result.checksum))
        report(.info, "snapshot of index \(result.position.index): \(result.size) bytes")
        restartTransfersThatHoldTooMuch(now: now)
    }

    private func remove(_ path: String) {
        emitJob(.side, [.remove(path: path), .syncDirectory(path: SnapshotFile.directory)])
    }

    func snapshotNotWritten(_ id: UInt64, reason: String, now: Instant) {
        guard snapshots.finishWriting(id) else { return }
        if snapshots.trouble == nil {
            report(
                .warning, "no snapshot can be made, so the log grows: \(reason). It is tried again until it succeeds")
        }
        snapshots.failed(
            "no snapshot can be made: \(reason)", retryAt: now.advanced(byMilliseconds: settings.stallRetryMilliseconds)
        )
    }
}
