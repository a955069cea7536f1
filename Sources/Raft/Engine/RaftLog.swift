/// The engine's view of the log: the term of every entry, and the newest entries themselves.
///
/// Terms are kept as runs, so a million entries of one term cost one run. Entries that are committed and have left memory
/// are read from disk when a follower needs them.
package struct RaftLog: Sendable {
    /// Consecutive entries of one term.
    struct Run: Sendable, Equatable {
        let first: LogIndex
        let term: Term
    }

    /// All up to it is compacted: a snapshot holds it. The log knows this position, and nothing below.
    package private(set) var base: LogPosition
    /// - Invariant: ascending in `first` and in `term`, the first one beginning behind `base`.
    private var runs: [Run] = []
    /// - Invariant: base.index <= lastIndex
    package private(set) var lastIndex: LogIndex

    /// The entries in memory, `entries[head]` being the one with index `windowFirst`.
    private var entries: [LogEntry] = []
    private var head = 0
    private(set) var windowWeight = 0

    /// A log without entries that goes on after `base`.
    package init(base: LogPosition = .zero) {
        self.base = base
        lastIndex = base.index
    }

    /// The index of the first entry that is not compacted; `lastIndex + 1` when there is none.
    package var firstIndex: LogIndex { base.index + 1 }

    /// The lowest index still in memory; `lastIndex + 1` when none is.
    package var windowFirst: LogIndex { lastIndex + 1 - LogIndex(entries.count - head) }

    package var lastPosition: LogPosition { LogPosition(index: lastIndex, term: runs.last?.term ?? base.term) }

    /// The term of the entry at `index`; 0 for index 0 of a whole log, `nil` below `base` and beyond the end.
    /// - Complexity: O(log terms)
    package func term(at index: LogIndex) -> Term? {
        if index == base.index { return base.term }
        guard index > base.index, index <= lastIndex else { return nil }
        if let last = runs.last, index >= last.first { return last.term }
        var low = 0
        var high = runs.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if runs[middle].first <= index { low = middle } else { high = middle - 1 }
        }
        return runs[low].term
    }

    package func matches(_ position: LogPosition) -> Bool { term(at: position.index) == position.term }

    /// The last position at or below `position.index` whose term is at most `position.term`: where this log and one that
    /// holds `position` may agree (thesis 3.5). `.zero` when that lies below `base`, where nothing is known any more.
    package func lastPossibleAgreement(with position: LogPosition) -> LogPosition {
        var index = min(position.index, lastIndex)
        while let term = term(at: index) {
            if term <= position.term { return LogPosition(index: index, term: term) }
            guard let run = runs.last(where: { $0.first <= index }) else { break }
            index = run.first - 1
        }
        return .zero
    }

    /// Records the term of an entry that lies on disk and is not kept in memory: recovery.
    package mutating func noteOnDisk(_ position: LogPosition) {
        precondition(entries.isEmpty, "entries on disk come before entries in memory")
        extendRuns(to: position)
    }

    package mutating func append(_ entry: LogEntry) {
        extendRuns(to: entry.position)
        entries.append(entry)
        windowWeight += entry.weight
    }

    private mutating func extendRuns(to position: LogPosition) {
        precondition(position.index == lastIndex + 1, "entry \(position) after \(lastPosition) leaves a gap")
        if runs.last?.term != position.term {
            precondition(
                position.term >= lastPosition.term, "entry \(position) after \(lastPosition) lowers the term")
            runs.append(Run(first: position.index, term: position.term))
        }
        lastIndex = position.index
    }

    /// Drops every entry above `index`.
    /// - Precondition: `base.index <= index`
    package mutating func truncate(after index: LogIndex) {
        precondition(index >= base.index, "entry \(index + 1) is compacted (\(base)) and would be truncated")
        while lastIndex > index, entries.count > head {
            windowWeight -= entries.removeLast().weight
            lastIndex -= 1
        }
        lastIndex = min(lastIndex, index)
        while let last = runs.last, last.first > index { runs.removeLast() }
    }

    /// The entry at `index` if memory holds it.
    package func entry(at index: LogIndex) -> LogEntry? {
        guard index >= windowFirst, index <= lastIndex else { return nil }
        return entries[head + Int(index - windowFirst)]
    }

    /// Entries from `index` through `end`, as many as fit into `maxBytes` but one at least; `nil` when the first is no longer in
    /// memory.
    package func slice(from index: LogIndex, through end: LogIndex, maxBytes: Int) -> [LogEntry]? {
        guard index >= windowFirst else { return nil }
        let end = min(end, lastIndex)
        guard index <= end else { return [] }
        let start = head + Int(index - windowFirst)
        let limit = head + Int(end - windowFirst)
        var stop = start
        var weight = 0
        while stop <= limit, stop == start || weight + entries[stop].weight <= maxBytes {
            weight += entries[stop].weight
            stop += 1
        }
        return Array(entries[start..<stop])
    }

    /// Forgets the oldest entries up to `index` until the rest weighs at most `bytes`.
    package mutating func trim(through index: LogIndex, toWeight bytes: Int) {
        while windowWeight > bytes, head < entries.count, entries[head].index <= index {
            windowWeight -= entries[head].weight
            head += 1
        }
        dropForgotten()
    }

    /// Forgets everything up to `position`, which becomes the base.
    /// - Precondition: the log holds `position`.
    package mutating func compact(through position: LogPosition) {
        precondition(matches(position), "\(position) is compacted, and the log up to \(lastPosition) does not hold it")
        while head < entries.count, entries[head].index <= position.index {
            windowWeight -= entries[head].weight
            head += 1
        }
        dropForgotten()
        let next = runs.firstIndex { $0.first > position.index + 1 } ?? runs.count
        if next > 0 {
            let last = runs[next - 1]
            runs.removeFirst(next)
            if position.index < lastIndex { runs.insert(Run(first: position.index + 1, term: last.term), at: 0) }
        }
        base = position
    }

    /// Forgets all entries: the log goes on after `position`.
    package mutating func reset(to position: LogPosition) { self = RaftLog(base: position) }

    /// Moving the rest is paid for by the entries that left; to wait for more of them would keep their payloads in memory.
    private mutating func dropForgotten() {
        guard head > entries.count / 2 else { return }
        entries.removeFirst(head)
        head = 0
    }
}
