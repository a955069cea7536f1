package import Raft

/// How this node's disk does, and what it could not do yet for want of space.
struct Storage {
    /// A job that met a full disk: what is left of it.
    struct Stall {
        let job: DiskJob
        let retryAt: Instant
    }

    /// Why the engine was told that the disk is not healthy, for people.
    var reason = ""
    /// Jobs that the disk has, by id; looked up.
    var running: [DiskJob.ID: DiskJob] = [:]
    var stalls: [Stall] = []
    /// The job of the log class that has stalled, until it is done.
    var stalledLogJob: DiskJob.ID?
    /// Whether the next segment could not be made the last time, and when it is tried again.
    private(set) var lacksNextSegment = false
    private(set) var preparationRetryAt = Instant.zero
    private var preparationFailures = 0
    /// Files that are replaced as a whole, one job at a time: two would get into each other's way when the first has stalled.
    var sideJob: DiskJob.ID?
    var sideQueue = FIFO<[DiskOperation]>()
    /// When leadership was last offered to another: not every turn.
    var handedOverAt: Instant?

    /// The next segment could not be made. Each try fills what space there is, so the pauses grow, up to eight times the first.
    mutating func preparationFailed(now: Instant, pauseMilliseconds: UInt64) {
        lacksNextSegment = true
        preparationRetryAt = now.advanced(byMilliseconds: pauseMilliseconds << min(preparationFailures, 3))
        preparationFailures += 1
    }

    mutating func preparationFinished() {
        lacksNextSegment = false
        preparationFailures = 0
    }
}

extension Replica {
    /// How this node's disk does.
    package var storageState: StorageState { raft.storage }

    /// What ails it; `nil` when nothing does.
    package var storageTrouble: String? { storageState == .healthy ? nil : storage.reason }

    /// Whether it has no space for more entries.
    var isDiskFull: Bool { storageState == .full }

    // MARK: Stalls

    /// The disk has no space for the rest of a job: it is asked for it again every second, so nothing is lost and nobody restarts.
    func diskStalled(_ id: DiskJob.ID, _ completed: Int, reason: String, now: Instant) {
        guard let job = storage.running.removeValue(forKey: id), completed < job.operations.count else {
            preconditionFailure("disk job \(id) has stalled, but has nothing left to do")
        }
        let retryAt = now.advanced(byMilliseconds: settings.stallRetryMilliseconds)
        switch job.jobClass {
        case .preparation where id == preparationJob:
            preparationJob = nil
            storage.preparationFailed(now: now, pauseMilliseconds: settings.stallRetryMilliseconds)
            storage.reason = reason
            // A part of a segment would only take the space that is left.
            let cleanUp = log.preparationFailed()
            if completed > 0, !cleanUp.isEmpty { emitJob(.preparation, cleanUp) }
        case .bulk: chunkStalled(job, completed: completed, reason: reason)
        // Of the preparations this is one that removes a file: some file systems need space for that, too.
        case .log, .side, .preparation:
            if job.jobClass == .log {
                storage.stalledLogJob = id
                storage.reason = reason
            }
            let rest = DiskJob(id: id, jobClass: job.jobClass, operations: Array(job.operations[completed...]))
            storage.stalls.append(Storage.Stall(job: rest, retryAt: retryAt))
        }
    }

    /// Asks again for what is due.
    private func retryStalls(now: Instant) {
        for stall in storage.stalls where stall.retryAt <= now {
            storage.running[stall.job.id] = stall.job
            if stall.job.id == disk.inFlight?.id { disk.restarted(now: now) }
            effects.append(.disk(stall.job))
        }
        storage.stalls.removeAll { $0.retryAt <= now }
    }

    // MARK: State

    /// Asks the disk again, tells the engine when it does better or worse, and has another lead when this one is full.
    func watchStorage(now: Instant) {
        retryStalls(now: now)
        let state = currentStorageState(now: now)
        if state != storageState {
            raft.step(.storage(state), now: now)
            reportStorage()
            answerReads()
        }
        if state == .full { handLeadershipOver(now: now) }
    }

    private func currentStorageState(now: Instant) -> StorageState {
        // What the present segment and the one made ahead offer is there already.
        let isShort = storage.lacksNextSegment && log.room < min(1 << 20, settings.log.segmentSize / 8)
        if isShort || storage.stalledLogJob != nil { return .full }
        if let job = disk.inFlight, now.milliseconds(since: job.since) >= hangMilliseconds {
            storage.reason = "a write to the log takes longer than \(hangMilliseconds) ms"
            return .hung
        }
        return .healthy
    }

    /// How long a job of the log may take before the disk counts as hung.
    private var hangMilliseconds: UInt64 { max(2000, 4 * settings.raft.electionTimeoutMaxMilliseconds) }

    private func reportStorage() {
        switch storageState {
        case .healthy: report(.info, "the disk of this node takes writes again")
        case .full:
            report(
                .warning,
                "the disk of this node has no space: \(storage.reason). Nothing is lost; free some, and it goes on by itself"
            )
        case .hung: report(.warning, "the disk of this node hangs: \(storage.reason)")
        }
    }

    /// When a stall is to be tried again, or the job under way has hung.
    func storageDeadline(now: Instant) -> Instant {
        var deadline = storage.stalls.reduce(Instant.never) { min($0, $1.retryAt) }
        if storage.lacksNextSegment, preparationJob == nil { deadline = min(deadline, storage.preparationRetryAt) }
        if let job = disk.inFlight, storageState == .healthy {
            deadline = min(deadline, job.since.advanced(byMilliseconds: hangMilliseconds))
        }
        if isDiskFull, raft.isLeader, votersWithoutSpace.count <= voterSurplus, let last = storage.handedOverAt {
            deadline = min(deadline, last.advanced(byMilliseconds: settings.stallRetryMilliseconds))
        }
        // What is due and could not be done waits for something else.
        return max(deadline, now.advanced(byMilliseconds: 1))
    }

    /// A leader whose disk is full has the voter lead that is the furthest and has space, if a majority has.
    private func handLeadershipOver(now: Instant) {
        let pause = settings.stallRetryMilliseconds
        guard raft.isLeader, raft.transferTarget == nil, votersWithoutSpace.count <= voterSurplus,
            storage.handedOverAt.map({ now.milliseconds(since: $0) >= pause }) ?? true
        else { return }
        storage.handedOverAt = now
        guard let heir = raft.bestHeir(now: now) else { return }
        report(.info, "hands leadership to \(raft.configuration[heir]?.name ?? "another"), which has space")
        raft.step(.transfer(to: heir), now: now)
    }
}
