import Raft
import StateMachine

/// Linearizable reads: each waits for an index that a leader has confirmed, then for that index to be applied (thesis 6.4).
struct Reads {
    enum Source {
        case client(ClientRequest.ID)
        /// Another node asks on behalf of its clients.
        case peer(header: PeerHeader, token: UInt64)
    }

    /// The queries of this node's clients.
    var waiting: [ClientRequest.ID: Query] = [:]
    /// Those that no round was started for yet.
    var queue = FIFO<ClientRequest.ID>()
    var deadlines = FIFO<(at: Instant, id: ClientRequest.ID)>()
    /// What other nodes ask, until the turn's flush.
    var fromPeers: [Source] = []
    /// Rounds at this node's own engine, by id; looked up, never iterated.
    var rounds: [UInt64: [Source]] = [:]
    var nextRound: UInt64 = 1
    /// The one question to the leader that is under way, and who waits for it.
    var asked: (round: UInt64, ids: [ClientRequest.ID])?
    var pausedUntil: Instant?
    var pausedFor: InstanceID?
    /// Confirmed reads that wait for their index to be applied.
    var confirmed: [(index: LogIndex, ids: [ClientRequest.ID])] = []

    var isEmpty: Bool { waiting.isEmpty }
}

extension Replica {
    func receiveRead(_ id: ClientRequest.ID, _ query: Query, _ consistency: Consistency, now: Instant) {
        if let conviction { return answer(.unavailable(reason: conviction), to: id) }
        guard consistency == .linearizable else { return answer(result(of: query), to: id) }
        guard reads.waiting.count < settings.maxPendingRequests else {
            return answer(.overloaded(reason: "\(reads.waiting.count) reads wait on this node; retry later"), to: id)
        }
        reads.waiting[id] = query
        reads.queue.append(id)
        reads.deadlines.append((now.advanced(byMilliseconds: settings.requestTimeoutMilliseconds), id))
    }

    /// Starts one round for all reads of this turn: at this node's engine if it leads, else at the leader.
    func routeReads(now: Instant) {
        if raft.isLeader {
            let sources = reads.queue.removeAll().map(Reads.Source.client) + reads.fromPeers
            reads.fromPeers = []
            guard !sources.isEmpty else { return }
            reads.rounds[reads.nextRound] = sources
            raft.step(.read(id: reads.nextRound), now: now)
            reads.nextRound += 1
            return
        }
        for source in reads.fromPeers { refuse(source) }
        reads.fromPeers = []
        askLeader(now: now)
    }

    private func askLeader(now: Instant) {
        guard reads.asked == nil, !reads.queue.isEmpty, let leader = raft.leader,
            let address = raft.configuration.member(of: leader.instance)?.address
        else { return }
        if let until = reads.pausedUntil {
            guard reads.pausedFor != leader.instance || now >= until else { return }
            reads.pausedUntil = nil
        }
        reads.asked = (reads.nextRound, reads.queue.removeAll())
        let request = PeerRequest(header: raft.header(for: leader.instance), body: .readIndex)
        effects.append(.send(request, to: address, .read, .readIndex(round: reads.nextRound)))
        reads.nextRound += 1
    }

    func receiveReadIndex(_ response: ReadIndexResponse, round: UInt64, from sender: Identity, now: Instant) {
        guard let asked = reads.asked, asked.round == round else { return }
        reads.asked = nil
        switch response {
        case .index(let index):
            reads.confirmed.append((index, asked.ids))
            answerReads()
        case .notLeader: retryReads(asked.ids, after: sender, now: now)
        }
    }

    func readIndexFailed(round: UInt64, now: Instant) {
        guard let asked = reads.asked, asked.round == round else { return }
        reads.asked = nil
        retryReads(asked.ids, after: raft.leader, now: now)
    }

    private func retryReads(_ ids: [ClientRequest.ID], after leader: Identity?, now: Instant) {
        reads.queue.prepend(ids.filter { reads.waiting[$0] != nil })
        reads.pausedUntil = now.advanced(byMilliseconds: settings.retryDelayMilliseconds)
        reads.pausedFor = leader?.instance
    }

    /// Takes what the engine says of reads: confirmed, or to be asked elsewhere.
    func finishReads(_ ready: Ready) {
        for read in ready.reads {
            guard let sources = reads.rounds.removeValue(forKey: read.id) else { continue }
            var ids: [ClientRequest.ID] = []
            for source in sources {
                switch source {
                case .client(let id): ids.append(id)
                case .peer(let header, let token):
                    effects.append(.reply(raft.response(.readIndex(.index(read.index)), to: header), token: token))
                }
            }
            if !ids.isEmpty { reads.confirmed.append((read.index, ids)) }
        }
        for id in ready.failedReads {
            for source in reads.rounds.removeValue(forKey: id) ?? [] { refuse(source) }
        }
        if !ready.reads.isEmpty { answerReads() }
    }

    private func refuse(_ source: Reads.Source) {
        switch source {
        case .client(let id): if reads.waiting[id] != nil { reads.queue.append(id) }
        case .peer(let header, let token):
            effects.append(.reply(raft.response(.readIndex(.notLeader), to: header), token: token))
        }
    }

    /// Answers confirmed reads whose index is applied.
    func answerReads() {
        guard !reads.confirmed.isEmpty else { return }
        let applied = stateMachine.lastApplied
        var later: [(index: LogIndex, ids: [ClientRequest.ID])] = []
        for (index, ids) in reads.confirmed {
            guard index <= applied else {
                if isDiskFull, index > raft.log.lastIndex { refuseReads(ids) } else { later.append((index, ids)) }
                continue
            }
            for id in ids {
                if let query = reads.waiting.removeValue(forKey: id) { answer(result(of: query), to: id) }
            }
        }
        reads.confirmed = later
    }

    /// A disk without space takes no entry that these reads wait for: another node answers sooner than this one's would expire.
    private func refuseReads(_ ids: [ClientRequest.ID]) {
        let reason = "node \(identity.nodeID) cannot follow the leader, since its disk has no space; ask another node"
        for id in ids where reads.waiting.removeValue(forKey: id) != nil {
            answer(.unavailable(reason: reason), to: id)
        }
    }

    private func result(of query: Query) -> Answer {
        if let conviction { return .unavailable(reason: conviction) }
        return switch query {
        case .get(let key): .value(stateMachine.get(key))
        case .list(let prefix, let startAfter, let limit, let maxBytes):
            .page(stateMachine.list(prefix: prefix, startAfter: startAfter, limit: limit, maxBytes: maxBytes))
        case .session(let query): .session(stateMachine.answer(query))
        case .heap(let query): .heap(stateMachine.answer(query))
        case .revision: .revision(stateMachine.lastApplied)
        case .snapshot: .snapshot(stateMachine.view())
        }
    }
}
