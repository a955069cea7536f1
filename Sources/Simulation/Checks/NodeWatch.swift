import Raft

/// What must hold of one process from turn to turn.
struct NodeWatch {
    /// What a turn has left behind.
    struct Facts {
        let term: Term
        let vote: InstanceID?
        let isLeader: Bool
        let commitIndex: LogIndex
        let lastApplied: LogIndex
        /// Up to where the log is what it was a turn ago, and where it ended then.
        let keptLog: LogIndex
        let lastLog: LogIndex
    }

    /// A process that begins knows its term and its vote from the disk; its commit index may be lower than the last one's.
    private var last: Facts?

    /// Whether no turn of the process was seen yet.
    var isStart: Bool { last == nil }
    var commitIndex: LogIndex { last?.commitIndex ?? 0 }
    var wasLeader: Bool { last?.isLeader ?? false }

    /// The process has ended: the next one starts from the disk.
    mutating func restart() { last = nil }

    mutating func note(_ facts: Facts, of name: String) throws(Violation) {
        guard facts.lastApplied <= facts.commitIndex else {
            throw Violation("\(name) has applied \(facts.lastApplied), beyond its commit index \(facts.commitIndex)")
        }
        defer { last = facts }
        guard let last else { return }
        guard facts.term >= last.term else {
            throw Violation("the term of \(name) fell from \(last.term) to \(facts.term)")
        }
        guard facts.commitIndex >= last.commitIndex else {
            throw Violation("the commit index of \(name) fell from \(last.commitIndex) to \(facts.commitIndex)")
        }
        guard facts.lastApplied >= last.lastApplied else {
            throw Violation("what \(name) has applied fell from \(last.lastApplied) to \(facts.lastApplied)")
        }
        if facts.term == last.term {
            try checkWithinTerm(facts, after: last, of: name)
        }
    }

    private func checkWithinTerm(_ facts: Facts, after last: Facts, of name: String) throws(Violation) {
        if let vote = last.vote, facts.vote != vote {
            throw Violation(
                "\(name) changed its vote in term \(facts.term) from \(vote) to \(facts.vote?.description ?? "none")")
        }
        // Leader Append-Only (thesis figure 3.2).
        if last.isLeader, facts.keptLog < facts.lastLog {
            throw Violation(
                "\(name) leads term \(facts.term) and changed its log behind index \(facts.keptLog), which ended at \(facts.lastLog)"
            )
        }
    }
}
