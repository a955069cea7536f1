import Raft

/// What the checks have seen of one node's log.
struct SeenLog {
    /// The terms of its entries; `terms[0]` is that of index 1. 0 where a snapshot has taken the place of what was never seen.
    private(set) var terms: [Term] = []
    /// How far what it has applied was compared.
    var applied: LogIndex = 0

    /// What has become of a log since it was last looked at.
    struct News {
        /// Up to here it is what it was.
        let kept: LogIndex
        /// How many of its entries went.
        let removed: Int
        /// The indexes that hold entries it did not have.
        let added: ClosedRange<LogIndex>?
    }

    /// - Complexity: O(entries that are new)
    mutating func takeNews(of log: RaftLog) -> News {
        let before = terms.count
        let last = log.lastIndex
        // What a snapshot has taken the place of was seen by whoever made it.
        let base = log.base.index
        if terms.count < Int(base) { terms += Array(repeating: 0, count: Int(base) - terms.count) }
        if terms.count > Int(last) { terms.removeLast(terms.count - Int(last)) }
        var first = last + 1
        while first > base + 1, Int(first) - 2 >= terms.count || terms[Int(first) - 2] != log.term(at: first - 1) {
            first -= 1
        }
        terms.removeLast(terms.count - Int(first - 1))
        let kept = min(before, terms.count)
        if first <= last { for index in first...last { terms.append(log.term(at: index) ?? 0) } }
        return News(kept: LogIndex(kept), removed: before - kept, added: first <= last ? first...last : nil)
    }
}
