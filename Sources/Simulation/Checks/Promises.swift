import Raft
import Replica

/// What a node has told others, or counts on itself, and must find on its disk after a crash (thesis figure 3.1: "updated on stable
/// storage before responding to RPCs").
struct Promises {
    private var term: Term = 0
    private var vote: (term: Term, candidate: InstanceID)?
    private var persisted = LogPosition.zero
    /// What it told the leader to hold.
    private var acknowledged = LogPosition.zero

    mutating func sent(_ request: PeerRequest) {
        switch request.body {
        case .requestVote(let vote):
            guard !vote.isPreVote else { return }
            promise(request.header.term)
            self.vote = (request.header.term, request.header.sender.instance)
        case .appendEntries, .heartbeat: promise(request.header.term)
        case .hello, .readIndex, .propose: break
        }
    }

    mutating func sent(_ response: PeerResponse, by raft: Raft) {
        switch response.body {
        case .requestVote(let answer):
            guard answer.isGranted, !answer.isPreVote else { return }
            promise(response.header.term)
            vote = (response.header.term, response.header.recipient)
        case .appendEntries(.matched(let index)):
            promise(response.header.term)
            if let term = raft.log.term(at: index), index > acknowledged.index {
                acknowledged = LogPosition(index: index, term: term)
            }
        case .appendEntries(.conflict): promise(response.header.term)
        case .heartbeat(let answer): if answer.isAccepted { promise(response.header.term) }
        // A bare term promises nothing.
        case .appendEntries(.staleTerm), .hello, .readIndex, .propose, .refused: break
        }
    }

    private mutating func promise(_ new: Term) { term = max(term, new) }

    mutating func notePersisted(_ raft: Raft) {
        persisted = LogPosition(index: raft.persistedIndex, term: raft.log.term(at: raft.persistedIndex) ?? 0)
        // A later leader has truncated it.
        if !raft.log.matches(acknowledged) { acknowledged = .zero }
    }

    /// What of this a node that has just started does not know any more; `nil` when it knows all.
    func broken(by raft: Raft) -> String? {
        if !raft.log.matches(persisted) {
            return
                "its log was durable up to \(persisted) and now ends at \(raft.log.lastPosition): durable entries are lost"
        }
        if !raft.log.matches(acknowledged) {
            return
                "it acknowledged \(acknowledged) to the leader and its log now ends at \(raft.log.lastPosition): acknowledged entries are lost"
        }
        let state = raft.hardState
        if state.currentTerm < term { return "it took part in term \(term) and is back in term \(state.currentTerm)" }
        if let vote, vote.term == state.currentTerm, state.votedFor?.instance != vote.candidate {
            return "it voted for \(vote.candidate) in term \(vote.term) and has forgotten"
        }
        return nil
    }
}
