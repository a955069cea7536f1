/// The sequence numbers of requests that this node forwards: which are given out, and below which all are answered.
struct Sequences {
    private(set) var next: UInt64 = 1
    /// All sequences below are answered: the retry table may forget them (thesis 6.3).
    private(set) var completedBelow: UInt64 = 1
    /// Answered ones at or above `completedBelow`; looked up, never iterated.
    private var answered: Set<UInt64> = []

    mutating func take() -> UInt64 {
        defer { next += 1 }
        return next
    }

    mutating func complete(_ sequence: UInt64) {
        answered.insert(sequence)
        while answered.remove(completedBelow) != nil { completedBelow += 1 }
    }
}
