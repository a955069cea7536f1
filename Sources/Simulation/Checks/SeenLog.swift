import Raft

/// What the checks have seen of one node's log.
struct SeenLog {
    /// The terms of its entries; `terms[0]` is that of index 1.
    var terms: [Term] = []
    /// How far what it has applied was compared.
    var applied: LogIndex = 0
    var commitIndex: LogIndex = 0

    /// The indexes of `log` that hold other entries than when last looked at.
    mutating func takeNews(of log: RaftLog) -> ClosedRange<LogIndex>? {
        let last = log.lastIndex
        // What a snapshot has taken the place of was seen by whoever made it.
        let base = log.base.index
        if terms.count < Int(base) { terms += Array(repeating: 0, count: Int(base) - terms.count) }
        if terms.count > Int(last) { terms.removeLast(terms.count - Int(last)) }
        var first = last + 1
        while first > base + 1, Int(first) - 2 >= terms.count || terms[Int(first) - 2] != log.term(at: first - 1) {
            first -= 1
        }
        guard first <= last else { return nil }
        terms.removeLast(terms.count - Int(first - 1))
        for index in first...last { terms.append(log.term(at: index) ?? 0) }
        return first...last
    }
}
