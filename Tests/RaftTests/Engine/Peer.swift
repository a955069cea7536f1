import Raft

/// One engine, and the others played by the test: the test says what they ask and answer, and reads what the engine says.
struct Peer {
    var raft: Raft
    var now = Instant.zero
    /// Whether what the engine appends is durable at once.
    var isDiskFast = true

    static let clusterID = ClusterID(high: 7, low: 7)

    /// Member 1 of `size`, its log holding entries of `terms`, the first being the configuration unless `members` is given.
    init(
        size: Int = 3, terms: [Term] = [], currentTerm: Term? = nil, votedFor: Identity? = nil,
        members: [Member]? = nil,
        identity: Identity = EngineNode.identity(1), settings: RaftSettings = EngineScript.defaultSettings
    ) {
        let configuration = Configuration(
            clusterID: Self.clusterID,
            members: members ?? (1...size).map { EngineCluster.member(Member.Number($0)) })
        var log = RaftLog()
        for (place, term) in terms.enumerated() { log.append(Self.entry(LogIndex(place + 1), term)) }
        let state = HardState(currentTerm: currentTerm ?? terms.last ?? 0, votedFor: votedFor)
        raft = Raft(
            identity: identity, settings: settings, hardState: state, log: log,
            configurations: [(0, configuration)], commitIndex: 0, seed: 1, now: .zero)
    }

    static func entry(_ index: LogIndex, _ term: Term) -> LogEntry {
        LogEntry(term: term, index: index, kind: .command, payload: Array("\(index)of\(term)".utf8))
    }

    // MARK: What happens

    /// Hands an event in. Returns what follows from it.
    @discardableResult
    mutating func step(_ event: Event) -> Ready {
        raft.step(event, now: now)
        var ready = raft.takeReady(now: now)
        if isDiskFast, ready.hardState != nil {
            raft.step(.hardStatePersisted, now: now)
            ready.add(raft.takeReady(now: now))
        }
        if isDiskFast, let last = ready.entries.last {
            raft.step(.persisted(last.position), now: now)
            ready.add(raft.takeReady(now: now))
        }
        return ready
    }

    mutating func wait(_ milliseconds: UInt64) { now = now.advanced(byMilliseconds: milliseconds) }

    /// The election time-out passes in silence.
    @discardableResult
    mutating func timeOut() -> Ready {
        wait(300)
        return step(.tick)
    }

    /// Member `number` asks, in `term`. Returns the answer.
    mutating func ask(_ body: PeerRequest.Body, by number: Member.Number, term: Term) -> PeerResponse? {
        ask(body, by: EngineNode.identity(number), term: term)
    }

    mutating func ask(
        _ body: PeerRequest.Body, by sender: Identity, term: Term, recipient: InstanceID? = nil
    ) -> PeerResponse? {
        let header = PeerHeader(
            clusterID: Self.clusterID, sender: sender, recipient: recipient ?? raft.identity.instance, term: term)
        let ready = step(.request(PeerRequest(header: header, body: body), token: 1))
        for case .reply(let reply, _) in ready.messages + ready.messagesAfterEntries { return reply }
        return nil
    }

    /// Member `number` answers, in `term`; `as` another instance if told so.
    @discardableResult
    mutating func answer(
        _ body: PeerResponse.Body, by number: Member.Number, term: Term, as instance: Identity? = nil
    ) -> Ready {
        let header = PeerHeader(
            clusterID: Self.clusterID, sender: instance ?? EngineNode.identity(number),
            recipient: raft.identity.instance,
            term: term)
        return step(.response(PeerResponse(header: header, body: body), from: number))
    }

    // MARK: Common courses

    mutating func requestVote(by number: Member.Number, term: Term, last: LogPosition = .zero, isPreVote: Bool = false)
        -> Bool?
    {
        let answer = ask(.requestVote(RequestVote(lastLog: last, isPreVote: isPreVote)), by: number, term: term)
        guard case .requestVote(let vote) = answer?.body else { return nil }
        return vote.isGranted
    }

    /// Stands, having won the pre-vote by `voters`.
    mutating func becomeCandidate(preVotes voters: [Member.Number] = [2]) {
        timeOut()
        for voter in voters {
            answer(.requestVote(RequestVoteResponse(isPreVote: true, isGranted: true)), by: voter, term: 0)
        }
    }

    @discardableResult
    mutating func grant(by number: Member.Number, as instance: Identity? = nil) -> Ready {
        let vote = RequestVoteResponse(isPreVote: false, isGranted: true)
        return answer(.requestVote(vote), by: number, term: raft.currentTerm, as: instance)
    }

    /// Leads by the votes of `voters`.
    mutating func becomeLeader(by voters: [Member.Number] = [2]) {
        becomeCandidate(preVotes: voters)
        for voter in voters { grant(by: voter) }
    }

    @discardableResult
    mutating func acknowledge(_ index: LogIndex, by number: Member.Number, as instance: Identity? = nil) -> Ready {
        answer(.appendEntries(.matched(matchIndex: index)), by: number, term: raft.currentTerm, as: instance)
    }

    @discardableResult
    mutating func append(
        _ entries: [LogEntry] = [], after previous: LogPosition = .zero, commit: LogIndex = 0,
        by number: Member.Number = 2, term: Term
    ) -> AppendEntriesResponse? {
        let append = AppendEntries(previous: previous, entries: entries, leaderCommit: commit)
        guard case .appendEntries(let answer) = ask(.appendEntries(append), by: number, term: term)?.body else {
            return nil
        }
        return answer
    }
}

extension Ready {
    /// What followed from the disk's answer.
    fileprivate mutating func add(_ next: Ready) {
        entries += next.entries
        messages += next.messages
        committed += next.committed
        reads += next.reads
    }

    /// The requests that leave, by recipient.
    var requests: [(to: Member.Number, request: PeerRequest)] {
        messages.compactMap { message in
            guard case .request(let request, let recipient) = message else { return nil }
            return (recipient, request)
        }
    }

    var voteRequests: [(to: Member.Number, term: Term, vote: RequestVote)] {
        requests.compactMap { recipient, request in
            guard case .requestVote(let vote) = request.body else { return nil }
            return (recipient, request.header.term, vote)
        }
    }

    var appends: [(to: Member.Number, append: AppendEntries)] {
        requests.compactMap { recipient, request in
            guard case .appendEntries(let append) = request.body else { return nil }
            return (recipient, append)
        }
    }

    var heartbeats: [(to: Member.Number, heartbeat: Heartbeat)] {
        requests.compactMap { recipient, request in
            guard case .heartbeat(let heartbeat) = request.body else { return nil }
            return (recipient, heartbeat)
        }
    }
}
