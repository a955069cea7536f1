import Raft

// How a leader feeds a follower that needs what the log no longer holds: thesis 5.3 and 5.4.
//
// The follower leads: each answer names the offset it has durably, and the next chunk begins there. The first message carries no
// bytes, so that a transfer that was broken off goes on where it stood; the same state has the same bytes on every node, so another
// leader can go on with it, too. When all is there, questions without bytes are repeated until the follower has installed it.

extension Replica {
    /// Begins what the engine asks for.
    func startTransfers(to members: [Member.Number], now: Instant) {
        for member in members {
            // A node may lead before the snapshot that its own log begins with is durable, or with a state that is wrong.
            guard let newest = snapshots.newest, !receiver.isInstalling, !isConvicted else {
                raft.step(.snapshotFailed(to: member), now: now)
                continue
            }
            send([], of: transfers.begin(newest, to: member, now: now), now: now)
            let name = raft.configuration[member]?.name ?? "member \(member)"
            report(.info, "sends the snapshot of index \(newest.position.index) to \(name)")
        }
    }

    /// Goes on with what waits, gives up what has stood still for too long. Before the engine's turn: it starts over then.
    func driveTransfers(now: Instant) {
        guard raft.isLeader, !isConvicted else { return transfers.endAll() }
        for transfer in transfers.all {
            guard raft.configuration[transfer.member] != nil else {
                transfers.end(transfer.member)
                continue
            }
            if now.milliseconds(since: transfer.lastProgress) >= settings.snapshotTimeoutMilliseconds {
                giveUp(transfer, "nothing of it has arrived for \(settings.snapshotTimeoutMilliseconds) ms", now: now)
            } else if case .waiting(let until) = transfer.step, until <= now {
                send([], of: transfer, now: now)
            }
        }
    }

    var transferDeadline: Instant { transfers.deadline(timeoutMilliseconds: settings.snapshotTimeoutMilliseconds) }

    private func giveUp(_ transfer: SnapshotTransfer, _ reason: String, now: Instant) {
        transfers.end(transfer.member)
        let name = raft.configuration[transfer.member]?.name ?? "member \(transfer.member)"
        report(
            .warning,
            "the snapshot of index \(transfer.snapshot.position.index) does not reach \(name): \(reason). It is sent again"
        )
        raft.step(.snapshotFailed(to: transfer.member), now: now)
    }

    private func send(_ bytes: [UInt8], of transfer: SnapshotTransfer, now: Instant) {
        guard let place = transfers.place(of: transfer.member, number: transfer.number),
            let member = raft.configuration[transfer.member]
        else { return }
        transfers[place].step = .sending(count: bytes.count)
        let chunk = InstallSnapshot(
            position: transfer.snapshot.position, size: transfer.snapshot.size, checksum: transfer.snapshot.checksum,
            offset: transfer.offset, bytes: bytes)
        let request = PeerRequest(header: raft.header(for: member.instance ?? .none), body: .installSnapshot(chunk))
        effects.append(
            .send(request, to: member.address, .bulk, .snapshot(transfer.member, transfer: transfer.number)))
    }

    // MARK: What comes back

    func receiveSnapshotAnswer(
        _ response: InstallSnapshotResponse, header: PeerHeader, member: Member.Number, transfer number: UInt64,
        now: Instant
    ) {
        guard raft.isLeader, let place = transfers.place(of: member, number: number),
            header.sender.instance == raft.configuration[member]?.instance
        else { return }
        let transfer = transfers[place]
        switch response {
        case .installed(let index):
            guard index >= transfer.snapshot.position.index else {
                return giveUp(transfer, "it claims to hold index \(index) only", now: now)
            }
            transfers.end(member)
            report(.info, "\(header.sender) has the snapshot of index \(transfer.snapshot.position.index)")
            raft.step(.snapshotSent(to: member, transfer.snapshot.position), now: now)
        case .received(let offset): go(on: transfer, at: place, from: offset, now: now)
        case .noSpace:
            transfers[place].step = .waiting(until: now.advanced(byMilliseconds: settings.stallRetryMilliseconds))
        case .staleTerm: giveUp(transfer, "its term is \(header.term)", now: now)
        }
    }

    private func go(on transfer: SnapshotTransfer, at place: Int, from offset: UInt64, now: Instant) {
        let size = transfer.snapshot.size
        guard offset <= size else { return giveUp(transfer, "it asks for offset \(offset) of \(size)", now: now) }
        if offset != transfer.offset || offset == size { transfers[place].lastProgress = now }
        transfers[place].offset = offset
        // One that did not take what it was sent is busy with it: to send that again at once would not help.
        guard offset < size, !transfer.hasSent(chunkAt: offset) else {
            let poll = now.advanced(byMilliseconds: settings.raft.heartbeatIntervalMilliseconds)
            return transfers[place].step = .waiting(until: poll)
        }
        transfers[place].step = .reading
        effects.append(
            .readSnapshot(
                SnapshotRead(
                    path: transfer.snapshot.path, offset: offset,
                    count: Int(min(UInt64(settings.snapshotChunkBytes), size - offset)), member: transfer.member,
                    transfer: transfer.number)))
    }

    func snapshotRead(_ read: SnapshotRead, _ bytes: [UInt8]?, now: Instant) {
        guard raft.isLeader, let place = transfers.place(of: read.member, number: read.transfer),
            transfers[place].step == .reading
        else { return }
        guard let bytes, bytes.count == read.count else {
            return giveUp(transfers[place], "\(read.path) cannot be read at offset \(read.offset)", now: now)
        }
        send(bytes, of: transfers[place], now: now)
    }

    func snapshotSendFailed(_ member: Member.Number, transfer number: UInt64, reason: String, now: Instant) {
        guard let place = transfers.place(of: member, number: number) else { return }
        transfers[place].step = .waiting(
            until: now.advanced(byMilliseconds: settings.raft.heartbeatIntervalMilliseconds))
    }

    // MARK: Bounds

    /// There is a newer snapshot: a transfer that keeps too much of the log starts over with it.
    func restartTransfersThatHoldTooMuch(now: Instant) {
        guard let newest = snapshots.newest else { return }
        for transfer in transfers.all
        where log.bytes(after: transfer.snapshot.position.index) > retainedBytes(of: transfer.snapshot) {
            send([], of: transfers.begin(newest, to: transfer.member, now: now), now: now)
        }
    }
}
