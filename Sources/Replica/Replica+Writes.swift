import Bytes
import Raft
import StateMachine

/// The writes that clients of this node wait for.
struct ClientWrites {
    struct Write {
        let operation: Operation
        let key: IdempotencyKey?
        let bytes: Int
        let deadline: Instant
        /// Whether a copy may be in some log: then silence means that the outcome is unknown.
        var mayBeLogged = false
        /// The request's number towards other nodes, kept for every retry so that it happens once.
        var sequence: UInt64?
        /// How often it was passed to a leader, or lost from sight when this node was one.
        var forwardCount = 0
    }

    var waiting: [ClientRequest.ID: Write] = [:]
    /// Those that are neither appended here nor on their way to a leader.
    var queue = FIFO<ClientRequest.ID>()
    /// In order of arrival, so in order of deadline.
    var deadlines = FIFO<(at: Instant, id: ClientRequest.ID)>()
    var pendingBytes = 0

    var isEmpty: Bool { waiting.isEmpty }

    mutating func add(_ id: ClientRequest.ID, _ write: Write) {
        waiting[id] = write
        queue.append(id)
        deadlines.append((write.deadline, id))
        pendingBytes += write.bytes
    }

    mutating func remove(_ id: ClientRequest.ID) -> Write? {
        guard let write = waiting.removeValue(forKey: id) else { return nil }
        pendingBytes -= write.bytes
        return write
    }
}

/// Commands that this node appended as leader, in the order of their indexes, and those about to be.
struct Proposals {
    enum Source {
        case client(ClientRequest.ID)
        /// A command of another node's clients: its place in the batch that came with `token`.
        case forwarded(token: UInt64, place: Int)
    }

    struct Appended {
        let index: LogIndex
        let term: Term
        let source: Source
    }

    /// Sources of the payloads proposed in this turn.
    var proposed: [Source] = []
    /// One queue for each term led here that has any left, ascending by index. Truncation decides nothing about those of terms led
    /// before: another node may still hold them and have them committed. The entry that is applied at their index decides.
    private(set) var appended: [FIFO<Appended>] = []

    mutating func add(_ new: Appended) {
        // A new term may begin below indexes that were given out in an old one.
        if appended.last?.first?.term != new.term { appended.append(FIFO()) }
        appended[appended.count - 1].append(new)
    }

    /// Removes what was appended at `index` or before, one at a time, the newest term first.
    /// - Complexity: O(1) amortised, for few terms
    mutating func take(at index: LogIndex) -> Appended? {
        guard let place = appended.lastIndex(where: { $0.first.map { $0.index <= index } ?? false }) else { return nil }
        defer { if appended[place].isEmpty { appended.remove(at: place) } }
        return appended[place].removeFirst()
    }
}

extension Replica {
    func receiveWrite(_ id: ClientRequest.ID, _ operation: Operation, key: IdempotencyKey?, now: Instant) {
        guard writes.waiting.count < settings.maxPendingRequests, writes.pendingBytes < settings.maxPendingBytes else {
            return answer(.overloaded(reason: "\(writes.waiting.count) writes wait on this node; retry later"), to: id)
        }
        let deadline = now.advanced(byMilliseconds: settings.requestTimeoutMilliseconds)
        writes.add(
            id, ClientWrites.Write(operation: operation, key: key, bytes: operation.byteCount, deadline: deadline))
    }

    /// Appends the writes that wait, or passes them to the leader, or lets them wait for one.
    func routeWrites(now: Instant, wallClock: UInt64) {
        guard !writes.queue.isEmpty else { return }
        if raft.isLeader {
            // Who leads next is known soon; who leads with a wrong state hands over.
            if raft.transferTarget == nil, !isConvicted { proposeQueued(now: now, wallClock: wallClock) }
        } else if let leader = raft.leader, let address = raft.configuration.member(of: leader.instance)?.address {
            forwardQueued(to: leader, at: address, now: now)
        }
    }

    /// Bytes that were appended here and are not committed, or not on their way to this node's own disk: that the others have them is
    /// enough to commit them, but not to let them pile up here.
    var backlog: Int { max(raft.uncommittedWeight, disk.weight) }

    private func proposeQueued(now: Instant, wallClock: UInt64) {
        var payloads: [[UInt8]] = []
        let spaceRefusal = spaceRefusal
        for id in writes.queue.removeAll() {
            guard let write = writes.waiting[id] else { continue }
            if let refusal = refusal(of: write.operation, spaceRefusal) {
                // A copy that was forwarded may be in the log: it cannot be called not done, so it waits for room.
                if write.mayBeLogged { writes.queue.append(id) } else { finishWrite(id, refusal) }
                continue
            }
            writes.waiting[id]?.mayBeLogged = true
            payloads.append(Command.payload(timestamp: wallClock, commandBytes: command(for: write).encode()))
            proposals.proposed.append(.client(id))
        }
        raft.step(.propose(payloads), now: now)
    }

    /// Why an operation may not be logged now.
    private func refusal(of operation: Operation, _ spaceRefusal: String?) -> Answer? {
        if let spaceRefusal { return .noSpace(reason: spaceRefusal) }
        if backlog >= settings.maxPendingBytes {
            return .overloaded(reason: "\(backlog) bytes wait to be committed and written; retry later")
        }
        return quotaRefusal(of: operation).map { .quotaExceeded(reason: $0) }
    }

    /// A write that was forwarded before keeps its request id: a copy may be in the log already.
    func command(for write: ClientWrites.Write) -> Command {
        guard let sequence = write.sequence else { return Command(write.operation, idempotencyKey: write.key) }
        return Command(
            write.operation, requestID: forwards.requestID(sequence), completedBelow: forwards.sequences.completedBelow,
            idempotencyKey: write.key)
    }

    func noteProposed(_ indexes: [LogIndex?], now: Instant) {
        for (source, index) in zip(proposals.proposed, indexes) {
            if let index {
                proposals.add(Proposals.Appended(index: index, term: raft.currentTerm, source: source))
            } else {
                neverAppended(source)
            }
        }
        proposals.proposed.removeAll(keepingCapacity: true)
    }

    /// Applies what is committed and answers whoever waits for it.
    func apply(_ entries: [LogEntry], now: Instant) {
        for entry in entries {
            let outcome = stateMachine.apply(entry)
            while let proposal = proposals.take(at: entry.index) {
                if proposal.index == entry.index, proposal.term == entry.term, let outcome {
                    finish(proposal.source, outcome)
                } else {
                    // Another term's entry stands at that index for good: this one will never be committed.
                    neverAppended(proposal.source)
                }
            }
        }
        if !entries.isEmpty { answerReads() }
    }

    private func finish(_ source: Proposals.Source, _ outcome: Outcome) {
        if let conviction { return finishUntold(source, because: conviction) }
        switch source {
        case .client(let id): finishWrite(id, .outcome(outcome))
        case .forwarded(let token, let place): finishForwarded(token, place, .applied(outcome: outcome.encode()))
        }
    }

    /// What a wrong state made of a command is no answer. Who forwarded it asks the next leader, which finds it done.
    private func finishUntold(_ source: Proposals.Source, because reason: String) {
        switch source {
        case .client(let id): finishWrite(id, .outcomeUnknown(reason: reason))
        case .forwarded(let token, let place): finishForwarded(token, place, .unknown)
        }
    }

    /// The command is not in the log and will not be: a client's goes on to the next leader, a forwarded one back to its node.
    private func neverAppended(_ source: Proposals.Source) {
        switch source {
        case .client(let id):
            guard var write = writes.waiting[id] else { return }
            // A forwarded copy of it may still be somewhere.
            write.mayBeLogged = write.sequence != nil
            writes.waiting[id] = write
            writes.queue.append(id)
        case .forwarded(let token, let place): finishForwarded(token, place, .notLeader)
        }
    }

    func finishWrite(_ id: ClientRequest.ID, _ answer: Answer) {
        guard let write = writes.remove(id) else { return }
        if let sequence = write.sequence { forwards.sequences.complete(sequence) }
        self.answer(answer, to: id)
    }

    func answer(_ answer: Answer, to id: ClientRequest.ID) {
        switch id {
        case Replica.announcementRequest: return announcementEnded()
        case Replica.comparisonRequest: return comparing.isAsking = false
        case Replica.hashReportRequest: return comparing.isReporting = false
        default: break
        }
        effects.append(.answer(answer, to: id))
    }
}
