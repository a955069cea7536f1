package import Raft
package import StateMachine

/// One node without its wires: engine, log, state machine, and the requests that wait on them.
///
/// Inputs go in by `receive`; `flush` hands out, as effects, all the work they led to. A node flushes once a turn of its event loop, so
/// what arrives together is written, sent and answered together. Deterministic: two replicas with the same seed, inputs and times
/// return the same effects. All policy that is not consensus itself lives here; the node that drives it has none.
package final class Replica {
    package let settings: ReplicaSettings
    package let identity: Identity
    /// The cluster address this node tells its peers, and whether the operator chose it.
    let address: String
    let isAddressExplicit: Bool

    package internal(set) var raft: Raft
    package internal(set) var log: SegmentedLog
    package internal(set) var stateMachine: StateMachine
    var disk = DiskQueue()
    var storage = Storage()
    var snapshots: Snapshots
    var transfers = SnapshotTransfers()
    var receiver = SnapshotReceiver()
    /// How this node forms a cluster, or joins one; both `nil` once it belongs to one.
    var formation: FormationDriver?
    var joining: Joining?
    package internal(set) var statistics = ReplicaStatistics()

    var writes = ClientWrites()
    var forwards: Forwards
    var proposals = Proposals()
    var reads = Reads()
    var reachability = Reachability()

    var administration = Administration()
    var membership = Membership()
    var announcing = Announcing()
    var comparing = Comparing()
    /// What is being found out about a leader that seems to have died.
    var probing: ProbeContext?
    /// Until when this node, which ends, tries to have another lead.
    var handoverDeadline: Instant?

    var effects: [Effect] = []
    var nextJob: DiskJob.ID = 1
    /// The job that makes the next segment, while it runs.
    var preparationJob: DiskJob.ID?
    /// When the last batch is to be sealed.
    var sealDeadline = Instant.never
    var wantsSeal = false
    /// What is written in `raft_peers` and `FORMAT`, so that they are rewritten only when it changes.
    var recordedConfiguration: Configuration
    var recordedCluster: ClusterID
    var reported = Reported()
    /// When `Input.tick` is due.
    package internal(set) var deadline = Instant.zero
    /// Once set, the node is about to end.
    package internal(set) var isStopping = false
    /// Whether it stops, and takes no more requests of clients.
    var refusesClients = false

    package init(_ start: ReplicaStart, settings: ReplicaSettings, boot: UInt64, seed: UInt64, now: Instant) {
        self.settings = settings
        identity = start.identity
        address = start.formation.address
        isAddressExplicit = start.formation.isAddressExplicit
        log = start.log
        stateMachine = start.stateMachine
        snapshots = Snapshots(start.snapshot)
        raft = Raft(
            identity: start.identity, settings: settings.raft, hardState: start.hardState, log: start.engineLog,
            configurations: start.configurations, commitIndex: start.commitIndex, seed: seed, now: now)
        forwards = Forwards(instance: start.identity.instance, boot: boot)
        recordedConfiguration = .none
        recordedCluster = start.recordedCluster
        reported.term = start.hardState.currentTerm
        if let target = settings.joining, start.isFree {
            joining = Joining(target, seed: seed ^ 0x6A6F_696E)
        } else if !raft.isFormed {
            formation = FormationDriver(start.formation)
        }
    }

    /// Takes an input. What follows from it is collected until `flush`.
    package func receive(_ input: Input, now: Instant) {
        switch input {
        case .tick: tick(now: now)
        case .client(let request): receive(request, now: now)
        case .peerRequest(let request, let token): receive(request, token: token, now: now)
        case .peerResponse(let response, let context): receive(response, context: context, now: now)
        case .sendFailed(let context, let failure): sendFailed(context, failure, now: now)
        case .diskCompleted(let id): diskCompleted(id, now: now)
        case .diskStalled(let id, let completed, let reason): diskStalled(id, completed, reason: reason, now: now)
        case .logRead(let read, let bytes, let member): finishLogRead(read, bytes: bytes, member: member, now: now)
        case .snapshotWritten(let result): snapshotWritten(result, now: now)
        case .snapshotNotWritten(let id, let reason): snapshotNotWritten(id, reason: reason, now: now)
        case .snapshotLoaded(let id, let result): snapshotLoaded(id, result, now: now)
        case .snapshotRead(let read, let bytes): snapshotRead(read, bytes, now: now)
        case .administer(let request, let id): administer(request, id: id, now: now)
        case .joinAnswered(let answer): joinAnswered(answer, now: now)
        case .probed(let context, let result): probed(context, result, now: now)
        case .connectionClosed(let instance): connectionClosed(instance, now: now)
        }
    }

    /// Hands out the work of this turn.
    /// - Parameter wallClock: Unix time in milliseconds; a leader stamps entries with it.
    package func flush(now: Instant, wallClock: UInt64) -> [Effect] {
        watchStorage(now: now)
        driveTransfers(now: now)
        driveFormation(now: now)
        driveMembership(now: now)
        driveComparison(now: now)
        proposeForwarded(now: now, wallClock: wallClock)
        reclaimForwards()
        routeWrites(now: now, wallClock: wallClock)
        routeReads(now: now)
        let ready = raft.takeReady(now: now)
        noteProposed(ready.proposed, now: now)
        emit(disk.add(ready))
        apply(ready.committed, now: now)
        settleChange(now: now)
        finishReads(ready)
        for read in ready.logReads { startLogRead(read, now: now) }
        startTransfers(to: ready.snapshotsNeeded, now: now)
        makeSnapshot(now: now)
        recordConfiguration()
        startDiskJobs(now: now)
        reportChanges()
        deadline = nextDeadline(of: ready, now: now)
        defer { effects = [] }
        return effects
    }

    private func nextDeadline(of ready: Ready, now: Instant) -> Instant {
        let own = min(nextSweep(now: now), sealDeadline, formationDeadline, membershipDeadline(now: now))
        let disk = min(storageDeadline(now: now), snapshots.deadline(now: now), transferDeadline)
        // What is due and could not be done waits for something else.
        let comparison = max(comparisonDeadline, now.advanced(byMilliseconds: 1))
        return min(ready.deadline, own, disk, comparison)
    }

    private func tick(now: Instant) {
        raft.step(.tick, now: now)
        expireRequests(now: now)
        if now >= sealDeadline {
            sealDeadline = .never
            wantsSeal = true
        }
    }

    /// Hands leadership over and seals the log. The node is quiet once `isQuiet`.
    /// - Parameter servesClients: what clients still ask is done, whoever leads; otherwise it is refused.
    package func prepareToStop(now: Instant, servesClients: Bool = false) {
        isStopping = true
        refusesClients = !servesClients
        wantsSeal = true
        abandonAnnouncement()
        abandonComparison()
        endAdministration(now: now)
        beginHandover(now: now)
    }

    /// Whether nothing waits for the disk, no client waits for an answer, and leadership is with another or could not be handed over.
    package var isQuiet: Bool {
        disk.isIdle && !wantsSeal && writes.isEmpty && reads.isEmpty && handoverDeadline == nil
    }

    // MARK: Messages

    func emit(_ messages: [Outbound]) {
        for message in messages {
            switch message {
            case .request(let request, let number): emit(request, to: number)
            case .reply(let response, let token): effects.append(.reply(raft.current(response), token: token))
            }
        }
    }

    private func emit(_ request: PeerRequest, to number: Member.Number) {
        guard let member = raft.member(number) else { return }
        let channel: Channel
        if case .appendEntries = request.body { channel = .log } else { channel = .control }
        effects.append(.send(request, to: member.address, channel, .consensus(number)))
    }

    func report(_ level: Report.Level, _ message: String) {
        effects.append(.report(Report(level: level, message: message)))
    }
}
