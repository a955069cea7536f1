import Raft
import Replica

/// What a node has told others, or counts on itself, and must find on its disk after a crash (thesis figure 3.1: "updated on stable
/// storage before responding to RPCs").
struct Promises {
    private var term: Term = 0
    private var vote: (term: Term, candidate: InstanceID)?
    private var persisted = LogPosition.zero
    var persistedIndex: LogIndex { persisted.index }
    /// What it told the leader to hold.
    private var acknowledged = LogPosition.zero

    mutating func sent(_ request: PeerRequest) {
        switch request.body {
        case .requestVote(let vote):
            guard !vote.isPreVote else { return }
            promise(request.header.term)
            self.vote = (request.header.term, request.header.sender.instance)
        case .appendEntries, .heartbeat, .installSnapshot, .timeoutNow: promise(request.header.term)
        case .hello, .readIndex, .propose, .administer: break
        }
    }

    mutating func sent(_ response: PeerResponse, by raft: Raft) {
        switch response.body {
        case .requestVote(let answer):
            guard answer.isGranted, !answer.isPreVote else { return }
            promise(response.header.term)
            vote = (response.header.term, response.header.recipient)
        case .appendEntries(.matched(let index)), .installSnapshot(.installed(let index)):
            promise(response.header.term)
            if let term = raft.log.term(at: index), index > acknowledged.index {
                acknowledged = LogPosition(index: index, term: term)
            }
        case .appendEntries(.conflict), .appendEntries(.noSpace): promise(response.header.term)
        case .installSnapshot: break
        case .heartbeat(let answer): if answer.isAccepted { promise(response.header.term) }
        // A bare term promises nothing.
        case .appendEntries(.staleTerm), .hello, .readIndex, .propose, .timeoutNow, .administer, .refused: break
        }
    }

    private mutating func promise(_ new: Term) { term = max(term, new) }

    /// - Parameter isInstalling: whether the log in memory begins with a snapshot that is not durable yet.
    mutating func notePersisted(_ raft: Raft, isInstalling: Bool) {
        guard !isInstalling else { return }
        persisted = LogPosition(index: raft.persistedIndex, term: raft.log.term(at: raft.persistedIndex) ?? 0)
        // A later leader has truncated it.
        if !Promises.holds(raft.log, acknowledged) { acknowledged = .zero }
    }

    /// Whether an entry is in a log, or in the snapshot that the log begins with.
    private static func holds(_ log: RaftLog, _ position: LogPosition) -> Bool {
        position.index < log.base.index || log.matches(position)
    }

    /// What of this a node that has just started does not know any more; `nil` when it knows all.
    func broken(by raft: Raft) -> String? {
        broken(by: raft.hardState, last: raft.log.lastPosition) { Promises.holds(raft.log, $0) }
    }

    /// The same of what a disk holds: a hard state, and a log that ends at `last`.
    func broken(by state: HardState, last: LogPosition, holds: (LogPosition) -> Bool) -> String? {
        if !holds(persisted) {
            return "its log was durable up to \(persisted) and now ends at \(last): durable entries are lost"
        }
        if !holds(acknowledged) {
            return
                "it acknowledged \(acknowledged) to the leader and its log now ends at \(last): acknowledged entries are lost"
        }
        if state.currentTerm < term { return "it took part in term \(term) and is back in term \(state.currentTerm)" }
        if let vote, vote.term == state.currentTerm, state.votedFor?.instance != vote.candidate {
            return "it voted for \(vote.candidate) in term \(vote.term) and has forgotten"
        }
        return nil
    }
}
