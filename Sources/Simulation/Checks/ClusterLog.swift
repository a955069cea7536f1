import Raft

/// What all nodes together have put in their logs and applied: the oracle for Raft's safety properties (thesis figure 3.2).
struct ClusterLog {
    /// Every entry that stood anywhere, by index: few terms contend for one.
    private var entries: [[LogEntry]] = []
    /// The entries that were applied somewhere, in order.
    private(set) var applied: [LogEntry] = []
    /// Who led each term.
    private var leaders: [Term: Identity] = [:]

    var lastApplied: LogIndex { LogIndex(applied.count) }
    var elections: Int { leaders.count }

    /// Election Safety: at most one leader a term.
    mutating func noteLeader(_ leader: Identity, term: Term) throws(Violation) {
        if let other = leaders[term], other.instance != leader.instance {
            throw Violation("\(leader) and \(other) both lead term \(term)")
        }
        leaders[term] = leader
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
