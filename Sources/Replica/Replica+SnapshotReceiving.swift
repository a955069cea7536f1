import Raft
import StateMachine

// How a follower takes a snapshot: chunks go to a file aside, each synced before it is acknowledged; a worker verifies the whole and
// builds the state. Nothing of it counts until it is installed.

extension Replica {
    func receive(_ chunk: InstallSnapshot, header: PeerHeader, token: UInt64, now: Instant) {
        guard header.recipient == identity.instance else {
            return effects.append(.reply(raft.response(.refused(.otherInstance), to: header), token: token))
        }
        guard header.term >= raft.currentTerm else { return answer(.staleTerm, to: header, token: token) }
        // A new term is for the engine's own messages to begin.
        if header.term == raft.currentTerm { raft.step(.leaderHeard(header), now: now) }
        if isCovered(chunk.position) {
            // What the log holds is being made durable, or is: the leader may go on behind it.
            let isDurable = raft.persistedIndex >= chunk.position.index && !receiver.isInstalling
            return answer(
                isDurable ? .installed(chunk.position.index) : .received(offset: chunk.offset), to: header, token: token
            )
        }
        let key = SnapshotReceiver.Key(position: chunk.position, size: chunk.size, checksum: chunk.checksum)
        // One whose heartbeat has not come yet asks again.
        let isLed = header.term == raft.currentTerm && raft.leader?.instance == header.sender.instance
        guard isLed, case .taking = receiver.phase else {
            return answer(.received(offset: receiver.offset(of: key)), to: header, token: token)
        }
        take(chunk, key, header: header, token: token)
    }

    /// Whether the state or the log holds what a snapshot ends with: then it brings nothing, and to install it would take away what
    /// may have been acknowledged behind it.
    private func isCovered(_ position: LogPosition) -> Bool {
        position.index <= raft.commitIndex || raft.log.matches(position)
    }

    private func take(_ chunk: InstallSnapshot, _ key: SnapshotReceiver.Key, header: PeerHeader, token: UInt64) {
        if receiver.key != key {
            receiver.reset()
            receiver.key = key
        }
        guard chunk.offset == receiver.offset, !chunk.bytes.isEmpty,
            UInt64(chunk.bytes.count) <= key.size - receiver.offset
        else { return answer(.received(offset: receiver.offset), to: header, token: token) }
        let job = emitJob(.bulk, receiver.write(chunk.bytes))
        receiver.phase = .writing(job: job, count: chunk.bytes.count, header: header, token: token)
    }

    private func answer(_ response: InstallSnapshotResponse, to header: PeerHeader, token: UInt64) {
        effects.append(.reply(raft.response(.installSnapshot(response), to: header), token: token))
    }

    /// A chunk is durable.
    func chunkWritten(_ job: DiskJob.ID) {
        guard case .writing(job, let count, let header, let token) = receiver.phase, let key = receiver.key else {
            return
        }
        receiver.offset += UInt64(count)
        receiver.phase = .taking
        receiver.trouble = nil
        if receiver.offset == key.size {
            receiver.phase = .loading(id: receiver.nextLoad)
            effects.append(.loadSnapshot(path: SnapshotFile.receivingPath, id: receiver.nextLoad))
            receiver.nextLoad += 1
        }
        answer(.received(offset: receiver.offset), to: header, token: token)
    }

    /// There was no space for a chunk. The leader sends it again.
    func chunkStalled(_ job: DiskJob, completed: Int, reason: String) {
        guard case .writing(job.id, _, let header, let token) = receiver.phase else { return }
        receiver.writeFailed(job.operations, completed: completed)
        refuseSnapshot(reason)
        answer(.noSpace, to: header, token: token)
    }

    /// What was received is of no use, and takes space.
    func discardReceived() {
        receiver.reset()
        guard receiver.hasFile else { return }
        receiver.hasFile = false
        emitJob(.bulk, [.remove(path: SnapshotFile.receivingPath)])
    }

    func refuseSnapshot(_ reason: String) {
        if receiverTrouble == nil {
            report(.warning, "the leader's snapshot cannot be taken: \(reason). It is tried again until it succeeds")
        }
        receiver.trouble = ("the leader's snapshot cannot be taken: \(reason)", stateMachine.lastApplied)
    }

    // MARK: The whole

    func snapshotLoaded(_ id: UInt64, _ result: Result<LoadedSnapshot, RecoveryFailure>, now: Instant) {
        guard case .loading(id) = receiver.phase, let key = receiver.key else { return }
        switch result {
        case .failure(let failure):
            discardReceived()
            refuseSnapshot("\(failure)")
        case .success(let loaded):
            if let reason = mismatch(loaded, key) {
                discardReceived()
                return refuseSnapshot(reason)
            }
            receiver.phase = .ready(loaded)
        }
    }

    /// Why a snapshot that is whole is not the one that was announced.
    private func mismatch(_ loaded: LoadedSnapshot, _ key: SnapshotReceiver.Key) -> String? {
        let view = loaded.stateMachine.view()
        if view.position != key.position { return "it was announced as \(key.position) and is of \(view.position)" }
        if loaded.size != key.size || loaded.checksum != key.checksum { return "it is not the file that was announced" }
        let cluster = view.configuration.clusterID
        if raft.clusterID != .none, cluster != raft.clusterID { return "it is of cluster \(cluster)" }
        return nil
    }
}
