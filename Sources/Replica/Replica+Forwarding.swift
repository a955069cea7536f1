import Bytes
import Raft
import StateMachine

/// Writes on their way from this node to the leader, and from other nodes to this one.
///
/// A forwarded command carries this node's request id and is retried, with the same id, at whoever leads until its deadline; the retry
/// table makes sure that it happens once (thesis 6.3). It is never forwarded twice: a node that does not lead says so.
struct Forwards {
    /// A batch that another node's clients wait for.
    struct Received {
        let token: UInt64
        let header: PeerHeader
        let deadline: Instant
        var results: [ProposeResponse.Result?]
        /// How many of them are awaited.
        private(set) var missing: Int
        /// Of the outcomes in `results`.
        private var outcomeBytes = 0

        /// - Parameter results: those that are known at once, `nil` for the others.
        init(token: UInt64, header: PeerHeader, deadline: Instant, results: [ProposeResponse.Result?]) {
            self.token = token
            self.header = header
            self.deadline = deadline
            self.results = results
            missing = results.count { $0 == nil }
        }

        /// Notes what became of a command. Transactions may find much more than they say, and all outcomes have to fit into one message:
        /// what goes beyond `limit` is told as unknown. The node asks again under the same request id, and finds it in the retry table.
        mutating func settle(_ place: Int, _ result: ProposeResponse.Result, limit: Int) {
            guard results[place] == nil else { return }
            missing -= 1
            if case .applied(let outcome) = result {
                guard outcomeBytes == 0 || outcomeBytes + outcome.count <= limit else {
                    return results[place] = .unknown
                }
                outcomeBytes += outcome.count
            }
            results[place] = result
        }
    }

    let instance: InstanceID
    let boot: UInt64
    var sequences = Sequences()
    private(set) var nextBatch: UInt64 = 1
    /// The leader that batches in flight went to.
    var target: InstanceID?
    /// Batches under way to it, by number.
    var inFlight: [UInt64: [ClientRequest.ID]] = [:]
    /// After a failure: when to try again, and which leader failed.
    var pausedUntil: Instant?
    var pausedFor: InstanceID?
    /// What other nodes sent in this turn.
    var arrived: [(Propose, PeerHeader, token: UInt64)] = []
    /// In order of arrival, so in order of deadline.
    var received: [Received] = []

    init(instance: InstanceID, boot: UInt64) {
        self.instance = instance
        self.boot = boot
    }

    func requestID(_ sequence: UInt64) -> RequestID { RequestID(instance: instance, boot: boot, sequence: sequence) }

    mutating func takeBatchNumber() -> UInt64 {
        defer { nextBatch += 1 }
        return nextBatch
    }
}

// MARK: From here to the leader

extension Replica {
    /// Takes back what another leader than the present one has not answered: it may be silent for long. The new leader gets it under the
    /// same request ids; a late answer of the old one finds nobody waiting.
    func reclaimForwards() {
        guard let leader = raft.leader?.instance, forwards.target != leader else { return }
        forwards.target = leader
        let ids = forwards.inFlight.keys.sorted().flatMap { forwards.inFlight[$0] ?? [] }
        forwards.inFlight = [:]
        writes.queue.prepend(ids.filter { writes.waiting[$0] != nil })
        statistics.retriedWrites += UInt64(ids.count)
        if let asked = reads.asked {
            reads.asked = nil
            reads.queue.prepend(asked.ids.filter { reads.waiting[$0] != nil })
        }
    }

    func forwardQueued(to leader: Identity, at address: String, now: Instant) {
        if let until = forwards.pausedUntil {
            guard forwards.pausedFor != leader.instance || now >= until else { return }
            forwards.pausedUntil = nil
        }
        while !writes.queue.isEmpty, forwards.inFlight.count < settings.maxForwardsInFlight {
            guard let batch = takeBatch() else { return }
            let number = forwards.takeBatchNumber()
            forwards.inFlight[number] = batch.ids
            let request = PeerRequest(
                header: raft.header(for: leader.instance), body: .propose(Propose(commands: batch.commands)))
            effects.append(.send(request, to: address, .propose, .forward(batch: number)))
            statistics.forwardedWrites += UInt64(batch.ids.count)
        }
    }

    private func takeBatch() -> (ids: [ClientRequest.ID], commands: [[UInt8]])? {
        var ids: [ClientRequest.ID] = []
        var commands: [[UInt8]] = []
        var bytes = 0
        while let id = writes.queue.first, bytes < settings.maxBytesPerForward, ids.count < PeerCodec.maximumCommands {
            writes.queue.removeFirst()
            guard var write = writes.waiting[id] else { continue }
            write.mayBeLogged = true
            write.forwardCount += 1
            if write.sequence == nil { write.sequence = forwards.sequences.take() }
            writes.waiting[id] = write
            ids.append(id)
            // Its conditions and its key count, too: all has to fit into one message.
            let command = command(for: write).encode()
            commands.append(command)
            bytes += command.count
        }
        return ids.isEmpty ? nil : (ids, commands)
    }

    func receiveForwarded(_ response: ProposeResponse, batch: UInt64, from sender: Identity, now: Instant) {
        guard let ids = forwards.inFlight.removeValue(forKey: batch) else { return }
        guard ids.count == response.results.count else {
            return retry(ids, after: sender, now: now)
        }
        var again: [ClientRequest.ID] = []
        for (id, result) in zip(ids, response.results) {
            let isCopy = writes.waiting[id].map { $0.forwardCount > 1 } ?? false
            switch result {
            case .applied(let bytes): finishWrite(id, outcome(bytes))
            // What became of an earlier copy is not known: this refusal is no promise about that one.
            case .overloaded where isCopy, .noSpace where isCopy, .quotaExceeded where isCopy: again.append(id)
            case .noSpace(let reason): finishWrite(id, .noSpace(reason: reason))
            case .quotaExceeded(let reason): finishWrite(id, .quotaExceeded(reason: reason))
            case .overloaded:
                finishWrite(id, .overloaded(reason: "the leader \(sender) has too much under way; retry later"))
            case .notLeader, .unknown: again.append(id)
            }
        }
        if !again.isEmpty { retry(again, after: sender, now: now) }
    }

    private func outcome(_ bytes: [UInt8]) -> Answer {
        do {
            return .outcome(try Outcome.decode(bytes))
        } catch {
            return .outcomeUnknown(reason: "the leader's answer cannot be read: \(error)")
        }
    }

    func forwardFailed(batch: UInt64, _ failure: SendFailure, now: Instant) {
        guard let ids = forwards.inFlight.removeValue(forKey: batch) else { return }
        retry(ids, after: raft.leader, now: now)
    }

    /// Puts writes back to be tried again with the same request ids: at once at another leader, soon at the same.
    private func retry(_ ids: [ClientRequest.ID], after leader: Identity?, now: Instant) {
        writes.queue.prepend(ids.filter { writes.waiting[$0] != nil })
        forwards.pausedUntil = now.advanced(byMilliseconds: settings.retryDelayMilliseconds)
        forwards.pausedFor = leader?.instance
        statistics.retriedWrites += UInt64(ids.count)
    }

    func retryDeadline(now: Instant) -> Instant? {
        var due: Instant?
        if !writes.queue.isEmpty, let until = forwards.pausedUntil { due = until }
        if !reads.queue.isEmpty, let until = reads.pausedUntil { due = min(due ?? .never, until) }
        // A pause that is over ends with the next flush; without a leader there is nothing to retry at.
        return raft.leader == nil ? nil : due.map { max($0, now.advanced(byMilliseconds: 1)) }
    }
}

// MARK: From another node to this one

extension Replica {
    /// Appends what other nodes' clients want written, in the turn it arrives.
    func proposeForwarded(now: Instant, wallClock: UInt64) {
        // Who will lead is known soon.
        guard raft.transferTarget == nil else { return }
        for (propose, header, token) in forwards.arrived {
            self.propose(propose, header: header, token: token, now: now, wallClock: wallClock)
        }
        forwards.arrived.removeAll(keepingCapacity: true)
    }

    private func propose(_ propose: Propose, header: PeerHeader, token: UInt64, now: Instant, wallClock: UInt64) {
        guard raft.isLeader, !isConvicted else {
            return replyForwarded(
                Array(repeating: .notLeader, count: propose.commands.count), header: header, token: token)
        }
        let refusals = refusals(of: propose.commands)
        let accepted = refusals.indices.filter { refusals[$0] == nil }
        guard !accepted.isEmpty else { return replyForwarded(refusals.compactMap { $0 }, header: header, token: token) }
        forwards.received.append(
            Forwards.Received(
                token: token, header: header,
                deadline: now.advanced(byMilliseconds: settings.requestTimeoutMilliseconds), results: refusals))
        for place in accepted { proposals.proposed.append(.forwarded(token: token, place: place)) }
        let payloads = accepted.map { Command.payload(timestamp: wallClock, commandBytes: propose.commands[$0]) }
        raft.step(.propose(payloads), now: now)
    }

    /// Which commands may not be logged now, and why.
    private func refusals(of commands: [[UInt8]]) -> [ProposeResponse.Result?] {
        if let reason = spaceRefusal { return Array(repeating: .noSpace(reason: reason), count: commands.count) }
        if backlog >= settings.maxPendingBytes { return Array(repeating: .overloaded, count: commands.count) }
        return commands.map { quotaRefusal(ofCommand: $0).map { .quotaExceeded(reason: $0) } }
    }

    func finishForwarded(_ token: UInt64, _ place: Int, _ result: ProposeResponse.Result) {
        guard let batch = forwards.received.firstIndex(where: { $0.token == token }) else { return }
        forwards.received[batch].settle(place, result, limit: settings.maxBytesPerForwardAnswer)
        if forwards.received[batch].missing == 0 { answerForwarded(forwards.received.remove(at: batch)) }
    }

    func expireForwarded(now: Instant) {
        while let oldest = forwards.received.first, oldest.deadline <= now {
            answerForwarded(forwards.received.removeFirst())
        }
    }

    private func answerForwarded(_ batch: Forwards.Received) {
        replyForwarded(batch.results.map { $0 ?? .unknown }, header: batch.header, token: batch.token)
    }

    private func replyForwarded(_ results: [ProposeResponse.Result], header: PeerHeader, token: UInt64) {
        effects.append(.reply(raft.response(.propose(ProposeResponse(results: results)), to: header), token: token))
    }
}
