/// One member's part in Raft (Ongaro, "Consensus: Bridging Theory and Practice", 2014; "thesis" below).
///
/// A deterministic value: no clock, no I/O, no chance but its seed, no iteration over hashed collections. Events go in by
/// `step`; `takeReady` hands out all the work they led to. Between the two any number of events may be stepped: what a turn of the
/// event loop brings becomes one log batch and one append a follower.
package struct Raft: Sendable {
    package enum Role: Sendable, Equatable {
        case follower
        /// Asks whether an election could be won, without raising its term (thesis 9.6).
        case preCandidate
        case candidate
        case leader
    }

    package let identity: Identity
    package let settings: RaftSettings

    // Persistent state (thesis figure 3.1).
    package internal(set) var hardState: HardState
    package internal(set) var log: RaftLog

    // Volatile state.
    package internal(set) var role = Role.follower
    package internal(set) var leader: Identity?
    /// - Invariant: commitIndex <= log.lastIndex, and it never falls.
    package internal(set) var commitIndex: LogIndex
    /// How far this node's own disk has the log.
    /// - Invariant: persistedIndex <= log.lastIndex
    package internal(set) var persistedIndex: LogIndex
    /// - Invariant: handedOutIndex <= commitIndex; entries up to here were given to `Ready.committed`.
    var handedOutIndex: LogIndex
    /// Configurations by the index that brought them, the last one in force. Index 0 is a provisional one.
    var configurations: [(index: LogIndex, configuration: Configuration)]
    /// Whether a committed configuration that is forgotten by now held this instance.
    var wasMember = false
    /// A node without a configuration votes only when a formed cluster has said that it knows this instance.
    var isAdmitted = false

    var electionDeadline: Instant
    var heartbeatDeadline = Instant.never
    /// When a leader of the current term was last heard.
    var leaderContact: Instant?
    var random: SeededRandom
    package internal(set) var storage = StorageState.healthy
    /// Instances whose state machines are known to be wrong.
    package internal(set) var unfit: [InstanceID] = []
    /// How often this node may still stand without waiting for an election time-out, its leader's port having refused it.
    var hurriedElections = 0

    // Candidate state: who has answered, each instance once.
    var votesGranted: [InstanceID] = []
    var votesRefused: [InstanceID] = []

    // Leader state.
    package internal(set) var progress: [Progress] = []
    /// The index of the first entry of this leader's term: reads wait for its commitment (thesis 6.4).
    var termStartIndex: LogIndex = 0
    var readRounds = ReadRounds()
    var transfer: Transfer?
    /// Bytes of commands that were appended here and are not committed yet.
    package internal(set) var uncommittedWeight = 0

    /// The work since the last `takeReady`.
    var ready = Ready()

    /// - Parameters:
    ///   - log: with every entry that recovery kept; those above `commitIndex` must be in memory.
    ///   - configurations: the one that the log's base holds, then those found in the log, with their indexes, ascending.
    ///   - commitIndex: the highest index known to be committed; all up to it is applied already.
    package init(
        identity: Identity,
        settings: RaftSettings,
        hardState: HardState,
        log: RaftLog,
        configurations: [(index: LogIndex, configuration: Configuration)],
        commitIndex: LogIndex,
        seed: UInt64,
        now: Instant
    ) {
        precondition(commitIndex <= log.lastIndex, "commit index \(commitIndex) beyond the log's end \(log.lastIndex)")
        precondition(commitIndex >= log.base.index, "commit index \(commitIndex) below the log's base \(log.base)")
        precondition(log.lastPosition.term <= hardState.currentTerm, "the log's last term is beyond the current one")
        self.identity = identity
        self.settings = settings
        self.hardState = hardState
        self.log = log
        self.commitIndex = commitIndex
        self.configurations = configurations
        persistedIndex = log.lastIndex
        handedOutIndex = commitIndex
        random = SeededRandom(seed: seed)
        electionDeadline = now
        resetElectionDeadline(now: now)
        if isOnlyVoter { electionDeadline = now }
    }

    package var currentTerm: Term { hardState.currentTerm }
    package var isLeader: Bool { role == .leader }

    /// The configuration in force: the latest in the log, committed or not (thesis 4.1).
    package var configuration: Configuration { configurations.last?.configuration ?? .none }

    /// The cluster this node is known to belong to: told to others only once the entry that made it is committed.
    package var clusterID: ClusterID {
        configurations.last(where: { $0.index > 0 && $0.index <= commitIndex })?.configuration.clusterID ?? .none
    }

    /// Whether this node belongs to a cluster for good.
    package var isFormed: Bool { clusterID != .none }

    /// Whether the leader may answer reads and commit by counting: an entry of its own term is committed.
    package var hasCommittedInTerm: Bool { isLeader && commitIndex >= termStartIndex }

    var isVoter: Bool { configuration.isVoter(identity.instance) }
    var isOnlyVoter: Bool { isVoter && configuration.voters.count == 1 }

    /// Takes an event. What follows from it is collected until `takeReady`.
    package mutating func step(_ event: Event, now: Instant) {
        switch event {
        case .tick: tick(now: now)
        case .request(let request, let token): receive(request, token: token, now: now)
        case .response(let response, let member): receive(response, from: member, now: now)
        case .unreachable(let member): markUnreachable(member)
        case .propose(let payloads): propose(payloads)
        case .hardStatePersisted: countOwnVote(now: now)
        case .persisted(let position): markPersisted(position)
        case .read(let id): addRead(id)
        case .entriesRead(let entries, let member): sendEntriesRead(entries, to: member, now: now)
        case .bootstrap(let configuration): bootstrap(configuration, now: now)
        case .admitted: isAdmitted = true
        case .reconfigure(let configuration): reconfigure(configuration, now: now)
        case .transfer(let member): transfer(to: member, now: now)
        case .leaderRefused(let leader, let term): leaderRefused(leader, term: term, now: now)
        // discarded: the replica has looked at the term before
        case .leaderHeard(let header): _ = follow(header, now: now)
        case .storage(let state): note(state, now: now)
        case .unfit(let instances): note(unfit: instances)
        case .snapshotInstalled(let position, let configuration, let index):
            install(position, configuration: configuration, configurationIndex: index, now: now)
        case .compacted(let position): compact(through: position)
        case .snapshotSent(let member, let position): snapshotSent(to: member, position, now: now)
        case .snapshotFailed(let member): snapshotFailed(to: member)
        }
    }

    /// Hands out everything that follows from the events since the last call.
    package mutating func takeReady(now: Instant) -> Ready {
        if isLeader {
            advanceCommit()
            startReadRound(now: now)
            replicate(now: now)
            continueTransfer(now: now)
            resignIfRemoved(now: now)
        }
        handOutCommitted()
        checkInvariants()
        ready.deadline = isLeader ? min(heartbeatDeadline, transfer?.deadline ?? .never) : electionDeadline
        let work = ready
        ready = Ready()
        return work
    }

    private mutating func tick(now: Instant) {
        if isLeader {
            if let transfer, now >= transfer.deadline { giveUpTransfer() }
            if now >= heartbeatDeadline { beatHeart(now: now) }
        } else if now >= electionDeadline {
            electionTimedOut(now: now)
        }
    }

    private mutating func receive(_ request: PeerRequest, token: UInt64, now: Instant) {
        switch request.body {
        case .requestVote(let vote): receive(vote, header: request.header, token: token, now: now)
        case .appendEntries(let append): receive(append, header: request.header, token: token, now: now)
        case .heartbeat(let heartbeat): receive(heartbeat, header: request.header, token: token, now: now)
        case .timeoutNow: receiveTimeoutNow(header: request.header, token: token, now: now)
        case .hello, .readIndex, .propose, .installSnapshot, .administer:
            preconditionFailure("not a message of the engine: \(request.body)")
        }
    }

    private mutating func receive(_ response: PeerResponse, from member: Member.Number, now: Instant) {
        if case .refused(let refusal) = response.body {
            if refusal == .unbound { bindIfNew(member, identity: response.header.sender, now: now) }
            return
        }
        guard response.header.term <= currentTerm else {
            // Who has left may have gone on to any term: it deposes nobody.
            guard configuration.member(of: response.header.sender.instance) != nil else { return }
            return becomeFollower(term: response.header.term, leader: nil, now: now)
        }
        bindIfNew(member, identity: response.header.sender, now: now)
        switch response.body {
        case .requestVote(let vote): receive(vote, header: response.header, now: now)
        case .appendEntries(let append): receive(append, header: response.header, now: now)
        case .heartbeat(let heartbeat): receive(heartbeat, header: response.header, now: now)
        case .refused, .timeoutNow: break
        case .hello, .readIndex, .propose, .installSnapshot, .administer:
            preconditionFailure("not a message of the engine: \(response.body)")
        }
    }

    private mutating func handOutCommitted() {
        guard handedOutIndex < commitIndex else { return }
        guard let entries = log.slice(from: handedOutIndex + 1, through: commitIndex, maxBytes: .max) else {
            preconditionFailure("entry \(handedOutIndex + 1) left memory before it was handed out")
        }
        ready.committed = entries
        handedOutIndex = commitIndex
        log.trim(through: min(commitIndex, persistedIndex), toWeight: settings.windowBytes)
    }

    // MARK: Messages

    package func header(for recipient: InstanceID) -> PeerHeader {
        PeerHeader(clusterID: clusterID, sender: identity, recipient: recipient, term: currentTerm)
    }

    mutating func reply(_ body: PeerResponse.Body, to header: PeerHeader, token: UInt64) {
        ready.messages.append(.reply(response(body, to: header), token: token))
    }

    package func response(_ body: PeerResponse.Body, to header: PeerHeader) -> PeerResponse {
        PeerResponse(header: self.header(for: header.sender.instance), body: body)
    }

    mutating func send(_ body: PeerRequest.Body, to member: Member) {
        let request = PeerRequest(header: header(for: member.instance ?? .none), body: body)
        ready.messages.append(.request(request, to: member.number))
    }

    /// A reply that waited for the disk, as it may be sent now: an acknowledgement of a term that is over has become void.
    package func current(_ reply: PeerResponse) -> PeerResponse {
        guard reply.header.term < currentTerm, case .appendEntries = reply.body else { return reply }
        return PeerResponse(header: header(for: reply.header.recipient), body: .appendEntries(.staleTerm))
    }
}
