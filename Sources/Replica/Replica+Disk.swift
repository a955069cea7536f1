import Raft

extension Replica {
    /// Starts what may start: hard state before entries, entries before a seal.
    func startDiskJobs(now: Instant) {
        prepareSegment()
        guard disk.inFlight == nil else { return }
        if let state = disk.takeHardState() {
            start(.hardState, MetaFile.operations(for: state))
        } else if !disk.entries.isEmpty || disk.truncateAfter != nil {
            startBatch()
        } else if wantsSeal {
            wantsSeal = false
            let operations = log.seal(commitIndex: raft.commitIndex)
            if !operations.isEmpty { start(.seal, operations) }
        }
    }

    private func startBatch() {
        let (truncateAfter, entries) = disk.takeEntries()
        if let position = truncateAfter { log.truncate(after: position) }
        if let first = entries.first, first.index == 1 { log.clusterID = raft.configuration.clusterID }
        let operations = log.append(entries, commitIndex: raft.commitIndex)
        statistics.batches += 1
        statistics.batchedEntries += UInt64(entries.count)
        start(.entries(through: entries.last?.position ?? log.lastPosition), operations)
    }

    private func start(_ work: DiskQueue.Work, _ operations: [DiskOperation]) {
        let id = emitJob(.log, operations)
        disk.started(id, work)
    }

    @discardableResult
    func emitJob(_ jobClass: DiskJob.Class, _ operations: [DiskOperation]) -> DiskJob.ID {
        defer { nextJob += 1 }
        effects.append(.disk(DiskJob(id: nextJob, jobClass: jobClass, operations: operations)))
        return nextJob
    }

    private func prepareSegment() {
        guard preparationJob == nil, let operations = log.preparation() else { return }
        preparationJob = emitJob(.preparation, operations)
    }

    func diskCompleted(_ id: DiskJob.ID, now: Instant) {
        if id == preparationJob {
            preparationJob = nil
            return log.preparationFinished()
        }
        guard disk.inFlight?.id == id else { return }  // a side file: nothing waits for it
        let (work, released) = disk.completed(id)
        switch work {
        case .hardState: if !disk.holdsHardState { raft.step(.hardStatePersisted, now: now) }
        case .entries(let position):
            raft.step(.persisted(position), now: now)
            sealDeadline = now.advanced(byMilliseconds: settings.sealDelayMilliseconds)
        case .seal: break
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
        // Not before the entry that made the cluster, the log's first, is durable here: the name promises a log.
        if recordedCluster != raft.clusterID, raft.isFormed, raft.persistedIndex > 0 {
            recordedCluster = raft.clusterID
            emitSideJob(
                FormatFile(nodeID: identity.nodeID, instance: identity.instance, clusterID: recordedCluster)
                    .operations())
            report(
                .info,
                "belongs to cluster \(recordedCluster) of \(configuration.members.map(\.name).joined(separator: ", "))")
        }
    }

    private func emitSideJob(_ operations: [DiskOperation]) { emitJob(.side, operations) }
}
