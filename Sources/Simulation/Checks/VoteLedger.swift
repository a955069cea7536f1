import Raft

/// One vote per term and instance (thesis 3.4), as others were told of them, whatever became of the process since.
struct VoteLedger {
    private struct Ballot: Hashable {
        let voter: InstanceID
        let term: Term
    }

    /// Looked up.
    private var candidates: [Ballot: InstanceID] = [:]

    mutating func note(_ voter: InstanceID, votesFor candidate: InstanceID, in term: Term) throws(Violation) {
        let other = candidates.updateValue(candidate, forKey: Ballot(voter: voter, term: term))
        if let other, other != candidate {
            throw Violation("instance \(voter) voted for \(other) and for \(candidate) in term \(term)")
        }
    }
}
