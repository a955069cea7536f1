// A log that begins behind a snapshot: thesis 5.1 and 5.2. Making, sending and loading snapshots is not the engine's.

extension Raft {
    /// Whether a leader's snapshot at `position` would bring this node on: else its log holds that position already, and what follows
    /// there may be entries that it has acknowledged.
    package func needsSnapshot(at position: LogPosition) -> Bool {
        !isLeader && position.index > commitIndex && position.term <= currentTerm && !log.matches(position)
    }

    mutating func install(
        _ position: LogPosition, configuration: Configuration, configurationIndex: LogIndex, now: Instant
    ) {
        precondition(needsSnapshot(at: position), "a snapshot at \(position) would replace a log that holds it")
        precondition(
            configurationIndex <= position.index, "a configuration at \(configurationIndex) beyond \(position)")
        wasMember = wasMemberForSure
        log.reset(to: position)
        ready.entries = []
        ready.truncateAfter = nil
        commitIndex = position.index
        handedOutIndex = position.index
        persistedIndex = position.index
        configurations = [(configurationIndex, configuration)]
    }

    /// Forgets what a durable snapshot holds, and all configurations but the one in force at its end and later ones.
    mutating func compact(through position: LogPosition) {
        guard position.index > log.base.index else { return }
        precondition(position.index <= handedOutIndex, "\(position) is compacted, and not applied (\(handedOutIndex))")
        log.compact(through: position)
        wasMember = wasMemberForSure
        let last = configurations.lastIndex { $0.index <= position.index } ?? 0
        configurations.removeFirst(last)
    }

    // MARK: Leader

    mutating func askForSnapshot(at place: Int) {
        progress[place].awaitSnapshot()
        ready.snapshotsNeeded.append(progress[place].number)
    }

    /// A follower may reach the log without the snapshot after all.
    mutating func leaveSnapshotState(at place: Int) {
        guard progress[place].state == .snapshot, progress[place].matchIndex >= log.base.index else { return }
        progress[place].probe(from: progress[place].matchIndex + 1)
    }

    mutating func snapshotSent(to member: Member.Number, _ position: LogPosition, now: Instant) {
        guard isLeader, let place = progress.firstIndex(where: { $0.number == member }) else { return }
        precondition(position.index <= commitIndex, "a snapshot at \(position) of what is not committed was sent")
        progress[place].installed(position.index, now: now)
    }

    mutating func snapshotFailed(to member: Member.Number) {
        guard isLeader, let place = progress.firstIndex(where: { $0.number == member }),
            progress[place].state == .snapshot
        else { return }
        progress[place].probe(from: progress[place].nextIndex)
        progress[place].pause()
    }
}
