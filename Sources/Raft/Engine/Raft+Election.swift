// Leader election: thesis 3.4 and 3.6.1, pre-vote 9.6, refusing votes while a leader is heard 4.2.3 and 6.2.

extension Raft {
    /// Draws a new election time-out (thesis 3.4: random, so that split votes are rare).
    mutating func resetElectionDeadline(now: Instant) {
        let low = settings.electionTimeoutMinMilliseconds * 1_000_000
        let high = max(low, settings.electionTimeoutMaxMilliseconds * 1_000_000)
        electionDeadline = Instant(nanoseconds: now.nanoseconds &+ UInt64.random(in: low...high, using: &random))
    }

    mutating func electionTimedOut(now: Instant) {
        leader = nil
        resetElectionDeadline(now: now)
        guard mayStand else { return }
        // A candidate that is alone waits for its disk: to begin again would make it wait longer.
        if isOnlyVoter {
            if role != .candidate { startElection(now: now) }
            return
        }
        startPreVote()
        hurry(2...4, now: now)
    }

    /// Whether this node stands for election: a voter, or one whose removal is not known to be committed, since its log may be the
    /// only one that can win (thesis 4.2.2). Not with a disk that would hold up all writes or with a state that is wrong, unless there
    /// is nobody else.
    private var mayStand: Bool {
        if isOnlyVoter { return true }
        let uncertain = configurations.drop { $0.index < committedConfiguration.index }
        return storage == .healthy && !isUnfit && uncertain.contains { $0.configuration.isVoter(identity.instance) }
    }

    /// Asks whether a majority would vote for this node, without disturbing anybody (thesis 9.6).
    private mutating func startPreVote() {
        role = .preCandidate
        startCounting()
        for member in configuration.voters where member.instance != identity.instance {
            var header = header(for: member.instance ?? .none)
            header.term = currentTerm + 1
            let request = PeerRequest(
                header: header, body: .requestVote(RequestVote(lastLog: log.lastPosition, isPreVote: true)))
            ready.messages.append(.request(request, to: member.number))
        }
    }

    /// - Parameter isTransfer: the leader asked for it: others vote although they hear one (thesis 3.10)
    mutating func startElection(isTransfer: Bool = false, now: Instant) {
        role = .candidate
        leader = nil
        setHardState(HardState(currentTerm: currentTerm + 1, votedFor: identity))
        resetElectionDeadline(now: now)
        hurry(5...8, now: now)
        startCounting()
        for member in configuration.voters where member.instance != identity.instance {
            let vote = RequestVote(lastLog: log.lastPosition, isPreVote: false, isTransfer: isTransfer)
            send(.requestVote(vote), to: member)
        }
    }

    /// One's own vote decides where there is no other, and like any vote not before it is durable: else a crash could make the same
    /// term begin twice. With others it is durable before they are asked.
    mutating func countOwnVote(now: Instant) {
        if role == .candidate, isOnlyVoter, ready.hardState == nil { becomeLeader(now: now) }
    }

    private mutating func startCounting() {
        // Who has removed itself does not count itself.
        votesGranted = isVoter ? [identity.instance] : []
        votesRefused = []
    }

    mutating func setHardState(_ state: HardState) {
        guard state != hardState else { return }
        precondition(state.currentTerm >= hardState.currentTerm, "the current term fell")
        hardState = state
        ready.hardState = state
    }

    /// Follows `leader` in `term`; with a new term the vote is free again.
    mutating func becomeFollower(term: Term, leader newLeader: Identity?, now: Instant) {
        if role == .leader {
            abdicate()
            resetElectionDeadline(now: now)
        }
        if term > currentTerm {
            setHardState(HardState(currentTerm: term, votedFor: nil))
            leaderContact = nil
            // A deadline is kept, not reset: else a candidate that cannot win could keep others from standing.
        }
        role = .follower
        leader = newLeader
    }

    /// Whether a leader was heard so lately that no other may be needed (thesis 4.2.3, 6.2).
    private func hearsLeader(now: Instant) -> Bool {
        if isLeader { return hearsQuorum(within: settings.electionTimeoutMinMilliseconds, now: now) }
        guard let contact = leaderContact else { return false }
        return now.milliseconds(since: contact) < settings.electionTimeoutMinMilliseconds
    }

    // MARK: Voting

    mutating func receive(_ request: RequestVote, header: PeerHeader, token: UInt64, now: Instant) {
        if let refusal = refusal(of: header) { return reply(.refused(refusal), to: header, token: token) }
        guard !configuration.isEmpty || isAdmitted else { return reply(.refused(.unbound), to: header, token: token) }
        let isGranted =
            request.isPreVote
            ? wouldVote(for: request, header: header, now: now) : vote(for: request, header: header, now: now)
        let answer = RequestVoteResponse(isPreVote: request.isPreVote, isGranted: isGranted)
        reply(.requestVote(answer), to: header, token: token)
    }

    private func wouldVote(for request: RequestVote, header: PeerHeader, now: Instant) -> Bool {
        header.term > currentTerm && !hearsLeader(now: now) && request.lastLog.isAtLeastAsUpToDate(as: log.lastPosition)
    }

    private mutating func vote(for request: RequestVote, header: PeerHeader, now: Instant) -> Bool {
        if !request.isTransfer, hearsLeader(now: now) { return false }
        if header.term > currentTerm { becomeFollower(term: header.term, leader: nil, now: now) }
        guard header.term == currentTerm,
            hardState.votedFor == nil || hardState.votedFor?.instance == header.sender.instance,
            request.lastLog.isAtLeastAsUpToDate(as: log.lastPosition)
        else { return false }
        setHardState(HardState(currentTerm: currentTerm, votedFor: header.sender))
        resetElectionDeadline(now: now)
        hurriedElections = 0
        return true
    }

    /// Why this node would not deal with a message: it is for another instance, or for one that nobody has named yet.
    func refusal(of header: PeerHeader) -> Refusal? {
        if header.recipient == identity.instance { return nil }
        return header.recipient == .none ? .unbound : .otherInstance
    }

    // MARK: Counting

    mutating func receive(_ response: RequestVoteResponse, header: PeerHeader, now: Instant) {
        let isAwaited = response.isPreVote ? role == .preCandidate : role == .candidate && header.term == currentTerm
        let voter = header.sender.instance
        guard isAwaited, configuration.isVoter(voter), voter != identity.instance,
            !votesGranted.contains(voter), !votesRefused.contains(voter)
        else { return }
        if response.isGranted { votesGranted.append(voter) } else { votesRefused.append(voter) }
        let voters = configuration.voters.count
        switch Quorum.verdict(granted: votesGranted.count, refused: votesRefused.count, voters: voters) {
        case .pending: break
        case .lost:
            role = .follower
            hurry(1...2, now: now)
        case .won: if response.isPreVote { startElection(now: now) } else { becomeLeader(now: now) }
        }
    }
}
