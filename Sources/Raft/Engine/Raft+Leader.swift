// Log replication and commitment: thesis 3.5 and 3.6.2, check-quorum 6.2.

extension Raft {
    mutating func becomeLeader(now: Instant) {
        precondition(role == .candidate, "only a candidate becomes leader")
        role = .leader
        leader = identity
        progress = []
        readRounds = ReadRounds()
        uncommittedWeight = 0
        transfer = nil
        hurriedElections = 0
        termStartIndex = log.lastIndex + 1
        rebuildProgress(nextIndex: termStartIndex, now: now)
        // The first entry of a cluster is its configuration; of any other term, a no-op (thesis 6.4).
        if log.lastIndex == 0 {
            appendConfiguration(foundingConfiguration())
        } else {
            appendOwn(.noop, payload: [])
        }
        beatHeart(now: now)
    }

    /// Ends a leadership: whoever waits for a read is told to ask elsewhere.
    mutating func abdicate() {
        ready.failedReads += readRounds.removeAll()
        progress = []
        heartbeatDeadline = .never
        uncommittedWeight = 0
        transfer = nil
    }

    mutating func propose(_ payloads: [[UInt8]]) {
        for payload in payloads {
            ready.proposed.append(isLeader ? appendOwn(.command, payload: payload) : nil)
        }
    }

    @discardableResult
    mutating func appendOwn(_ kind: LogEntry.Kind, payload: [UInt8]) -> LogIndex {
        let entry = LogEntry(term: currentTerm, index: log.lastIndex + 1, kind: kind, payload: payload)
        append(entry)
        uncommittedWeight += entry.weight
        return entry.index
    }

    // MARK: Commitment

    /// Commits what a majority of voters holds, counting one's own disk like any other, and only entries of the current term
    /// (thesis 3.6.2).
    mutating func advanceCommit() {
        var matches = progress.filter { !$0.isLearner }.map(\.matchIndex)
        if isVoter { matches.append(persistedIndex) }
        let index = Quorum.reached(matches)
        guard index > commitIndex, log.term(at: index) == currentTerm else { return }
        for committed in (commitIndex + 1)...index {
            uncommittedWeight -= min(uncommittedWeight, log.entry(at: committed)?.weight ?? 0)
        }
        commitIndex = index
    }

    // MARK: Replication

    mutating func replicate(now: Instant) {
        for place in progress.indices where progress[place].instance != nil {
            while progress[place].isOpen(settings), progress[place].nextIndex <= log.lastIndex {
                guard sendEntries(at: place, now: now) else { break }
            }
        }
    }

    /// Sends the next entries to one follower. Returns false when they have to be read from disk first, or are compacted.
    private mutating func sendEntries(at place: Int, now: Instant) -> Bool {
        let next = progress[place].nextIndex
        guard next > log.base.index else {
            askForSnapshot(at: place)
            return false
        }
        guard let entries = log.slice(from: next, through: log.lastIndex, maxBytes: settings.maxBytesPerAppend) else {
            progress[place].state = .reading
            ready.logReads.append(Ready.LogRead(member: progress[place].number, from: next))
            return false
        }
        send(entries, at: place, now: now)
        return true
    }

    private mutating func send(_ entries: [LogEntry], at place: Int, now: Instant) {
        let number = progress[place].number
        guard let member = member(number) else { return }
        let before = progress[place].nextIndex - 1
        guard let term = log.term(at: before) else {
            preconditionFailure("nextIndex \(before + 1) outside the log")
        }
        let append = AppendEntries(
            previous: LogPosition(index: before, term: term), entries: entries, leaderCommit: commitIndex)
        send(.appendEntries(append), to: member)
        progress[place].sent(through: append.lastIndex, bytes: entries.reduce(0) { $0 + $1.weight }, now: now)
    }

    mutating func sendEntriesRead(_ entries: [LogEntry], to member: Member.Number, now: Instant) {
        guard isLeader, let place = progress.firstIndex(where: { $0.number == member }),
            progress[place].state == .reading
        else { return }
        progress[place].probe(from: progress[place].nextIndex)
        // A read brings whole batches, which may be more than a message takes. And the disk may still hold what this log has dropped.
        let known = Array(entries.prefix(PeerCodec.maximumEntries).prefix { log.matches($0.position) })
        guard let first = known.first, first.index == progress[place].nextIndex, first.index > log.base.index else {
            // To ask again at once would keep the disk busy with the same answer: the next heartbeat answered is soon enough.
            return progress[place].pause()
        }
        send(known, at: place, now: now)
    }

    mutating func receive(_ response: AppendEntriesResponse, header: PeerHeader, now: Instant) {
        guard header.term == currentTerm, let place = contact(header, now: now) else { return }
        switch response {
        case .matched(let index):
            // Nobody can hold what this leader does not: such an answer is somebody's mistake and counts for nothing.
            guard index <= log.lastIndex else { return }
            progress[place].matched(index, now: now)
            leaveSnapshotState(at: place)
            advanceCatchUp(at: place, now: now)
        case .conflict(let rejected, let hint):
            // About another probe, or older than what is known to match.
            let isStale =
                rejected <= progress[place].matchIndex
                || progress[place].state == .probe && rejected != progress[place].nextIndex - 1
            guard !isStale, progress[place].state != .snapshot else { return }
            let agreement = log.lastPossibleAgreement(with: hint)
            progress[place].probe(from: min(rejected, agreement.index + 1))
        case .staleTerm: break
        case .noSpace:
            progress[place].hasSpace = false
            progress[place].lose()
        }
    }

    mutating func markUnreachable(_ member: Member.Number) {
        if transferTarget == member { giveUpTransfer() }
        guard isLeader, let place = progress.firstIndex(where: { $0.number == member }) else { return }
        progress[place].lose()
        progress[place].pause()
    }

    // MARK: Heartbeats

    /// A heartbeat round to everybody; steps down when no majority was heard for an election time-out (thesis 6.2).
    mutating func beatHeart(now: Instant) {
        heartbeatDeadline = now.advanced(byMilliseconds: settings.heartbeatIntervalMilliseconds)
        guard hearsQuorum(within: settings.electionTimeoutMaxMilliseconds, now: now) else {
            return becomeFollower(term: currentTerm, leader: nil, now: now)
        }
        endFarewells(now: now)
        for place in progress.indices
        where progress[place].isStalled(now: now, afterMilliseconds: settings.electionTimeoutMaxMilliseconds) {
            progress[place].lose()
        }
        for place in progress.indices { advanceCatchUp(at: place, now: now) }
        promoteIfCaughtUp(now: now)
        broadcastHeartbeat()
    }

    mutating func broadcastHeartbeat() {
        let round = readRounds.begin()
        noteFarewells(round: round)
        for progress in progress {
            guard let member = member(progress.number) else { continue }
            send(.heartbeat(Heartbeat(leaderCommit: min(commitIndex, progress.matchIndex), round: round)), to: member)
        }
        confirmReads()
    }

    mutating func receive(_ response: HeartbeatResponse, header: PeerHeader, now: Instant) {
        guard header.term == currentTerm, response.isAccepted, let place = contact(header, now: now) else { return }
        progress[place].ackedRound = max(progress[place].ackedRound, response.round)
        progress[place].hasSpace = response.hasSpace
        progress[place].resume()
        endFarewells(now: now)
        confirmReads()
    }

    /// Notes that a member was heard. `nil` when this node does not lead or the sender is no member: then what it says counts for
    /// nothing.
    private mutating func contact(_ header: PeerHeader, now: Instant) -> Int? {
        guard isLeader, let place = progress.firstIndex(where: { $0.instance == header.sender.instance }) else {
            return nil
        }
        progress[place].lastContact = now
        return place
    }

    func hearsQuorum(within milliseconds: UInt64, now: Instant) -> Bool {
        let heard = progress.count {
            !$0.isLearner && $0.instance != nil && now.milliseconds(since: $0.lastContact) < milliseconds
        }
        return heard + (isVoter ? 1 : 0) >= configuration.quorum
    }
}
