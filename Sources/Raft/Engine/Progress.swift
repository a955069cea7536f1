/// What the leader knows about one other member (thesis figure 3.1: nextIndex, matchIndex).
package struct Progress: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Where the logs agree is not known: one append at a time.
        case probe
        /// Appends are pipelined.
        case replicate
        /// The next entries are on their way from disk.
        case reading
        /// The log holds the next entries no more: a snapshot is owed, or on its way.
        case snapshot
    }

    /// An append that was not acknowledged yet.
    struct Inflight: Sendable, Equatable {
        let lastIndex: LogIndex
        let bytes: Int
    }

    package let number: Member.Number
    package var instance: InstanceID?
    /// Whether what it answers counts for nothing: a learner, or a member that has left.
    package var isLearner: Bool
    /// Set when the member has left, and is fed until it knows that.
    var farewell: Farewell?
    /// How a learner that is to be promoted catches up.
    var catchUp: CatchUp

    /// The highest entry known to be durable there, and equal.
    package var matchIndex: LogIndex = 0
    /// - Invariant: matchIndex < nextIndex
    package var nextIndex: LogIndex
    package var state = State.probe
    /// Whether the last append was lost: nothing more is sent until the member is heard again.
    private(set) var isPaused = false
    /// Whether its disk takes entries, as it last said: else none are sent.
    package var hasSpace = true
    /// The highest heartbeat round answered.
    var ackedRound: UInt64 = 0
    /// When it was last heard; the moment of election at first.
    package var lastContact: Instant
    private(set) var inflight: [Inflight] = []
    private(set) var inflightBytes = 0
    /// When the oldest append in flight left, or the last acknowledgement came: silence beyond an election time-out means loss.
    private var inflightSince = Instant.zero

    init(number: Member.Number, instance: InstanceID?, isLearner: Bool, nextIndex: LogIndex, now: Instant) {
        self.number = number
        self.instance = instance
        self.isLearner = isLearner
        self.nextIndex = nextIndex
        catchUp = CatchUp(target: nextIndex - 1, since: now)
        lastContact = now
    }

    /// Whether another append may leave.
    func isOpen(_ settings: RaftSettings) -> Bool {
        guard hasSpace else { return false }
        switch state {
        case .probe: return inflight.isEmpty && !isPaused
        case .replicate:
            return inflight.count < settings.maxInflightAppends && inflightBytes < settings.maxInflightBytes
        case .reading, .snapshot: return false
        }
    }

    mutating func sent(through lastIndex: LogIndex, bytes: Int, now: Instant) {
        if inflight.isEmpty { inflightSince = now }
        inflight.append(Inflight(lastIndex: lastIndex, bytes: bytes))
        inflightBytes += bytes
        if state == .replicate { nextIndex = lastIndex + 1 }
    }

    /// The follower holds everything up to `index`.
    mutating func matched(_ index: LogIndex, now: Instant) {
        while let oldest = inflight.first, oldest.lastIndex <= index {
            inflightBytes -= oldest.bytes
            inflight.removeFirst()
        }
        inflightSince = now
        matchIndex = max(matchIndex, index)
        nextIndex = max(nextIndex, matchIndex + 1)
        if state == .probe {
            forgetInflight()
            state = .replicate
        }
    }

    /// The logs do not agree before `next`, or what was sent is lost: start over from there.
    mutating func probe(from next: LogIndex) {
        state = .probe
        nextIndex = max(next, matchIndex + 1)
        isPaused = false
        forgetInflight()
    }

    /// A snapshot that reaches `index` is durable there.
    mutating func installed(_ index: LogIndex, now: Instant) {
        probe(from: index + 1)
        matched(index, now: now)
    }

    /// Only a snapshot helps.
    mutating func awaitSnapshot() {
        state = .snapshot
        forgetInflight()
    }

    /// What is in flight will not arrive, or not be taken. How far back to begin is not known better by that: a probe that nobody
    /// answered is repeated as it was.
    mutating func lose() {
        switch state {
        case .probe: probe(from: nextIndex)
        case .replicate: probe(from: matchIndex + 1)
        case .reading, .snapshot: break
        }
    }

    mutating func pause() { isPaused = true }

    mutating func resume() { isPaused = false }

    func isStalled(now: Instant, afterMilliseconds timeout: UInt64) -> Bool {
        !inflight.isEmpty && now.milliseconds(since: inflightSince) >= timeout
    }

    private mutating func forgetInflight() {
        inflight.removeAll(keepingCapacity: true)
        inflightBytes = 0
    }
}
