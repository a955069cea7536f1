import Raft

/// What all nodes together have put in their logs, committed and applied: the oracle for Raft's safety properties (thesis figure 3.2).
struct ClusterLog {
    /// An entry that is committed, and the term in which that was first known.
    private struct Committed {
        let term: Term
        let since: Term
    }

    /// Every entry that stood anywhere, by index: few terms contend for one.
    private var entries: [[LogEntry]] = []
    /// The entries that were applied somewhere, in order.
    private(set) var applied: [LogEntry] = []
    /// - Invariant: `since` never falls from one to the next
    private var committed: [Committed] = []
    /// Who led each term. Looked up.
    private var leaders: [Term: Identity] = [:]

    var lastApplied: LogIndex { LogIndex(applied.count) }
    var lastCommitted: LogIndex { LogIndex(committed.count) }
    var elections: Int { leaders.count }

    /// Election Safety: at most one leader a term. Returns whether it is news that the term has one.
    @discardableResult
    mutating func noteLeader(_ leader: Identity, term: Term) throws(Violation) -> Bool {
        let other = leaders.updateValue(leader, forKey: term)
        if let other, other.instance != leader.instance {
            throw Violation("\(leader) and \(other) both lead term \(term)")
        }
        return other == nil
    }

    /// Leader Completeness: what was committed in an earlier term is in the log of each new leader.
    /// - Complexity: O(entries)
    func checkCompleteness(of log: RaftLog, leader: Identity, term: Term) throws(Violation) {
        for index in log.base.index..<max(log.base.index, lastCommitted) {
            let entry = committed[Int(index)]
            guard entry.since < term else { return }
            guard log.term(at: index + 1) == entry.term else {
                throw Violation(
                    "\(leader) leads term \(term) without \(LogPosition(index: index + 1, term: entry.term)), which was committed in term \(entry.since)"
                )
            }
        }
    }

    /// Log Matching: entries of one index and term are the same.
    mutating func note(_ entry: LogEntry) throws(Violation) {
        while entries.count < Int(entry.index) { entries.append([]) }
        let place = Int(entry.index) - 1
        if let known = entries[place].first(where: { $0.term == entry.term }) {
            guard known == entry else { throw Violation("two different entries stand at \(entry.position)") }
        } else {
            entries[place].append(entry)
        }
    }

    /// State Machine Safety, as early as can be told: nobody takes another entry at an index for committed. Returns whether some of it is
    /// news.
    mutating func noteCommitted(
        _ indexes: ClosedRange<LogIndex>, in log: RaftLog, term: Term, by node: String
    ) throws(Violation) -> Bool {
        let before = lastCommitted
        for index in indexes {
            guard index > 0, let own = log.term(at: index) else { continue }
            if index <= lastCommitted {
                let known = committed[Int(index) - 1]
                guard known.term == own else {
                    throw Violation(
                        "\(node) committed \(LogPosition(index: index, term: own)), where \(LogPosition(index: index, term: known.term)) is committed"
                    )
                }
            } else if index == lastCommitted + 1 {
                committed.append(Committed(term: own, since: max(term, committed.last?.since ?? 0)))
            }
        }
        return lastCommitted > before
    }

    /// - Throws: when a client is told of a write that nobody has committed.
    func checkAcknowledged(_ index: LogIndex) throws(Violation) {
        guard index <= lastCommitted else {
            throw Violation(
                "a client was told of a write at index \(index), and nothing beyond \(lastCommitted) is committed")
        }
    }

    /// State Machine Safety: nobody applies another entry at an index. Returns the entry if it is news.
    mutating func noteApplied(_ position: LogPosition, by node: String) throws(Violation) -> LogEntry? {
        if position.index <= lastApplied {
            let known = applied[Int(position.index) - 1]
            guard known.term == position.term else {
                throw Violation("\(node) applied \(position), where another node applied \(known.position)")
            }
            return nil
        }
        guard let entry = entries[Int(position.index) - 1].first(where: { $0.term == position.term }) else {
            throw Violation("\(node) applied \(position), which was in no log")
        }
        applied.append(entry)
        return entry
    }
}
