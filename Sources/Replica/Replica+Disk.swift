import Raft

extension Replica {
    /// Starts what may start: hard state before entries, a snapshot that is ready before the entries behind it, entries before a seal.
    func startDiskJobs(now: Instant) {
        prepareSegment(now: now)
        guard disk.inFlight == nil else { return }
        compactLog(now: now)
        if let state = disk.takeHardState() {
            start(.hardState, MetaFile.operationsInPlace(for: state), now: now)
        } else if startInstall(now: now) {
            return
        } else if !disk.entries.isEmpty || disk.truncateAfter != nil {
            startBatch(now: now)
        } else if wantsSeal {
            wantsSeal = false
            let operations = log.seal(commitIndex: raft.commitIndex)
            if !operations.isEmpty { start(.seal, operations, now: now) }
        }
    }

    private func startBatch(now: Instant) {
        let (truncateAfter, entries) = disk.takeEntries()
        if let position = truncateAfter { log.truncate(after: position) }
        if let first = entries.first, first.index == 1 { log.clusterID = raft.configuration.clusterID }
        let operations = log.append(entries, commitIndex: raft.commitIndex)
        statistics.batches += 1
        statistics.batchedEntries += UInt64(entries.count)
        start(.entries(through: entries.last?.position ?? log.lastPosition), operations, now: now)
    }

    func start(_ work: DiskQueue.Work, _ operations: [DiskOperation], now: Instant) {
        let id = emitJob(.log, operations)
        disk.started(id, work, now: now)
    }

    @discardableResult
    func emitJob(_ jobClass: DiskJob.Class, _ operations: [DiskOperation]) -> DiskJob.ID {
        defer { nextJob += 1 }
        let job = DiskJob(id: nextJob, jobClass: jobClass, operations: operations)
        storage.running[nextJob] = job
        effects.append(.disk(job))
        return nextJob
    }

    private func prepareSegment(now: Instant) {
        guard preparationJob == nil, now >= storage.preparationRetryAt, let operations = log.preparation() else {
            return
        }
        preparationJob = emitJob(.preparation, operations)
    }

    func diskCompleted(_ id: DiskJob.ID, now: Instant) {
        storage.running[id] = nil
        if id == preparationJob {
            preparationJob = nil
            storage.preparationFinished()
            return log.preparationFinished()
        }
        if id == storage.sideJob { return startNextSideJob() }
        guard disk.inFlight?.id == id else { return chunkWritten(id) }
        if id == storage.stalledLogJob { storage.stalledLogJob = nil }
        let (work, released) = disk.completed(id)
        switch work {
        case .hardState: if !disk.holdsHardState { raft.step(.hardStatePersisted, now: now) }
        case .entries(let position):
            raft.step(.persisted(position), now: now)
            sealDeadline = now.advanced(byMilliseconds: settings.sealDelayMilliseconds)
        case .seal: break
        case .install: installed()
        }
        emit(released)
    }

    // MARK: Entries that left memory

    func startLogRead(_ read: Ready.LogRead, now: Instant) {
        guard let plan = log.read(from: read.from, maxBytes: settings.raft.maxBytesPerAppend) else {
            return raft.step(.entriesRead([], for: read.member), now: now)
        }
        effects.append(.readLog(plan, for: read.member))
    }

    func finishLogRead(_ read: LogRead, bytes: [UInt8]?, member: Member.Number, now: Instant) {
        // What was compacted meanwhile is gone: the follower gets a snapshot.
        guard log.holds(read) else { return raft.step(.entriesRead([], for: member), now: now) }
        guard let bytes else {
            return stop(
                "\(read.path) cannot be read; see the log line above. The node stops rather than serve a log it cannot read."
            )
        }
        do {
            raft.step(.entriesRead(try log.entries(of: read, bytes: bytes), for: member), now: now)
        } catch {
            stop("\(error). Replace this node: leave, wipe its directory, join again.")
        }
    }

    func stop(_ message: String) { effects.append(.stop(message: message)) }

    // MARK: Side files

    /// Keeps `raft_peers` and `FORMAT` in step with the log.
    func recordConfiguration() {
        let configuration = raft.configuration
        if configuration != recordedConfiguration, raft.log.lastIndex > 0 {
            recordedConfiguration = configuration
            reachability.keep(configuration.members.map(\.address))
            emitSideJob(PeersFile.operations(for: configuration.members))
        }
        if raft.isFormed { formation = nil }
        // Not before the entry that made the cluster, the log's first, is durable here, or a snapshot that holds it: the name promises
        // a log.
        if recordedCluster != raft.clusterID, raft.isFormed, raft.persistedIndex > 0, !receiver.isInstalling {
            recordedCluster = raft.clusterID
            emitSideJob(
                FormatFile(nodeID: identity.nodeID, instance: identity.instance, clusterID: recordedCluster)
                    .operations())
            report(
                .info,
                "belongs to cluster \(recordedCluster) of \(configuration.members.map(\.name).joined(separator: ", "))")
        }
    }

    private func emitSideJob(_ operations: [DiskOperation]) {
        storage.sideQueue.append(operations)
        if storage.sideJob == nil { startNextSideJob() }
    }

    private func startNextSideJob() {
        storage.sideJob = storage.sideQueue.isEmpty ? nil : emitJob(.side, storage.sideQueue.removeFirst())
    }
}
