import Raft

// The log behind a durable snapshot goes, a segment file at a time.

extension Replica {
    /// Removes the segments that nobody needs. Only between two log jobs: one under way may still cut the end of a segment.
    func compactLog(now: Instant) {
        guard disk.inFlight == nil, !receiver.isInstalling, let newest = snapshots.newest, log.segmentCount > 1,
            log.firstIndex <= newest.position.index
        else { return }
        let operations = log.compact(through: min(newest.position.index, retainedIndex(newest, now: now)))
        guard !operations.isEmpty else { return }
        emitJob(.side, operations)
        let base = log.firstIndex - 1
        guard base > raft.log.base.index else { return }
        guard let term = raft.log.term(at: base) else {
            preconditionFailure("the log was compacted through \(base), beyond its end \(raft.log.lastIndex)")
        }
        raft.step(.compacted(LogPosition(index: base, term: term)), now: now)
    }

    /// The index behind which a follower still needs the log: one that takes a snapshot, or one that lags a little and would need one
    /// otherwise. Nobody holds more than twice what a snapshot would take.
    private func retainedIndex(_ newest: Snapshots.Stored, now: Instant) -> LogIndex {
        guard raft.isLeader else { return .max }
        let timeout = settings.raft.electionTimeoutMaxMilliseconds
        let lagging = raft.progress.lazy.filter {
            $0.state != .snapshot && now.milliseconds(since: $0.lastContact) < timeout
        }.map(\.matchIndex)
        let needed = transfers.all.map(\.snapshot.position.index) + lagging
        let limit = retainedBytes(of: newest)
        return needed.filter { log.bytes(after: $0) <= limit }.min() ?? .max
    }

    /// How much of the log is kept for followers behind a snapshot.
    func retainedBytes(of snapshot: Snapshots.Stored) -> UInt64 {
        2 * max(snapshot.size, settings.log.segmentSize)
    }
}
