/// The rounds in which a learner catches up (thesis 4.2.1): each brings it the entries that the leader held when the round began.
/// Who needs less than an election time-out for one is near enough to become a voter without holding up commitment.
struct CatchUp: Sendable, Equatable {
    /// The round is over when the learner holds this entry.
    private var target: LogIndex
    private var since: Instant
    /// Whether the last round that is over was short enough.
    private var wasQuick = false

    init(target: LogIndex, since: Instant) {
        self.target = target
        self.since = since
    }

    /// The learner holds everything up to `matchIndex`, of a log that ends at `lastIndex`.
    mutating func advance(matchIndex: LogIndex, lastIndex: LogIndex, limitMilliseconds: UInt64, now: Instant) {
        guard matchIndex >= target else { return }
        wasQuick = now.milliseconds(since: since) < limitMilliseconds
        target = lastIndex
        since = now
    }

    /// Whether the last round was short enough, and the present one has not become too long since.
    func isDone(limitMilliseconds: UInt64, now: Instant) -> Bool {
        wasQuick && now.milliseconds(since: since) < limitMilliseconds
    }
}
