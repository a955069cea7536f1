import Raft
import StateMachine

// How a received snapshot takes the place of log and state (thesis 5.3, figure 5.3).
//
// In memory all changes at once: the engine's log stands at the snapshot's end from then on, and what is appended behind it queues
// behind the job that makes the snapshot durable, with its acknowledgements. Until that job is done nothing is promised: a crash
// brings back the old state, whole.

extension Replica {
    /// Whether the state came with a snapshot that the disk is still making durable.
    package var isInstallingSnapshot: Bool { receiver.isInstalling }

    /// Installs a snapshot that is ready, if it still brings anything. Returns whether that took the disk.
    func startInstall(now: Instant) -> Bool {
        guard case .ready(let loaded) = receiver.phase, !disk.holdsHardState else {
            return false
        }
        let view = loaded.stateMachine.view()
        guard raft.needsSnapshot(at: view.position) else {
            discardReceived()
            return false
        }
        // Acknowledgements of entries that are void now.
        emit(disk.abandonEntries().compactMap(Replica.void))
        receiver.phase = .installing
        start(.install, installOperations(view), now: now)
        snapshots.abandonWaiting()
        stateMachine = loaded.stateMachine
        raft.step(
            .snapshotInstalled(
                view.position, configuration: view.configuration, configurationIndex: view.configurationIndex), now: now
        )
        abandonProposals(through: view.position.index)
        answerReads()
        return true
    }

    private func installOperations(_ view: StateMachine.View) -> [DiskOperation] {
        let cluster = view.configuration.clusterID
        if log.clusterID != cluster {
            // All that this log may hold is the founding entry of a cluster that never came to be.
            log.truncate(after: .zero)
            log.clusterID = cluster
        }
        let path = SnapshotFile.path(of: view.position, isReceived: true)
        return [
            .rename(from: SnapshotFile.receivingPath, to: path), .syncDirectory(path: SnapshotFile.directory),
        ] + log.reset(to: view.position, commitIndex: view.position.index)
    }

    /// Whoever waits for it must be answered, and be told nothing.
    private static func void(_ message: Outbound) -> Outbound? {
        guard case .reply(let response, let token) = message else { return nil }
        return .reply(PeerResponse(header: response.header, body: .appendEntries(.staleTerm)), token: token)
    }

    /// What this node appended when it led: the snapshot tells the sum, not whether it holds them. A request that is known by its id may
    /// ask again; of others nobody will ever know.
    private func abandonProposals(through index: LogIndex) {
        while let proposal = proposals.take(at: index) {
            switch proposal.source {
            case .forwarded(let token, let place): finishForwarded(token, place, .unknown)
            case .client(let id):
                guard var write = writes.waiting[id] else { continue }
                if write.sequence != nil || write.key != nil {
                    // Like one that was forwarded: what becomes of another copy tells nothing about this one.
                    write.sequence = write.sequence ?? forwards.sequences.take()
                    write.forwardCount += 1
                    writes.waiting[id] = write
                    writes.queue.append(id)
                } else {
                    finishWrite(id, .outcomeUnknown(reason: "this node lost the lead and caught up by a snapshot"))
                }
            }
        }
    }

    /// The snapshot and the log behind it are durable.
    func installed() {
        guard let key = receiver.key else { preconditionFailure("a snapshot was installed that nobody sent") }
        receiver.reset()
        receiver.hasFile = false
        receiver.trouble = nil
        snapshots.replaceNewest(
            by: Snapshots.Stored(
                position: key.position, path: SnapshotFile.path(of: key.position, isReceived: true), size: key.size,
                checksum: key.checksum))
        report(.info, "installed the leader's snapshot of index \(key.position.index)")
    }
}
