// Linearizable reads without log writes: thesis 6.4.

/// Reads that wait until a majority has confirmed this leader after they arrived.
///
/// Every heartbeat broadcast is a round. A read is confirmed by any round that was sent after it came; one round serves all reads
/// that wait, and a lost one is made good by the next, never by itself.
struct ReadRounds: Sendable {
    private struct Waiting: Sendable {
        let id: UInt64
        /// The first round that was sent after the read arrived.
        let round: UInt64
        /// The commit index when it arrived.
        let index: LogIndex
    }

    private(set) var current: UInt64 = 0
    private var waiting: [Waiting] = []
    /// Reads that came before an entry of this term was committed.
    private var early: [UInt64] = []

    /// Whether a read waits for a round that was not sent yet.
    var wantsRound: Bool { waiting.last.map { $0.round > current } ?? false }
    /// Whether a round that reads wait for is under way.
    func isUnderWay(confirmed: UInt64) -> Bool {
        waiting.first.map { $0.round <= current && $0.round > confirmed } ?? false
    }

    mutating func begin() -> UInt64 {
        current += 1
        return current
    }

    mutating func addEarly(_ id: UInt64) { early.append(id) }

    mutating func add(_ id: UInt64, commitIndex: LogIndex) {
        waiting.append(Waiting(id: id, round: current + 1, index: commitIndex))
    }

    mutating func admitEarly(commitIndex: LogIndex) {
        for id in early { add(id, commitIndex: commitIndex) }
        early = []
    }

    mutating func takeConfirmed(by round: UInt64) -> [Ready.ReadState] {
        let count = waiting.firstIndex { $0.round > round } ?? waiting.count
        let confirmed = waiting.prefix(count).map { Ready.ReadState(id: $0.id, index: $0.index) }
        waiting.removeFirst(count)
        return confirmed
    }

    mutating func removeAll() -> [UInt64] {
        defer { (waiting, early) = ([], []) }
        return waiting.map(\.id) + early
    }
}

extension Raft {
    mutating func addRead(_ id: UInt64) {
        guard isLeader else { return ready.failedReads.append(id) }
        if hasCommittedInTerm {
            readRounds.add(id, commitIndex: commitIndex)
        } else {
            readRounds.addEarly(id)
        }
    }

    /// Sends a round for the reads that wait, unless one is under way already: they join the next.
    mutating func startReadRound(now: Instant) {
        if hasCommittedInTerm { readRounds.admitEarly(commitIndex: commitIndex) }
        guard transfer == nil, readRounds.wantsRound, !readRounds.isUnderWay(confirmed: confirmedRound) else { return }
        broadcastHeartbeat()
    }

    /// The highest round that a majority has answered.
    private var confirmedRound: UInt64 {
        var rounds = progress.filter { !$0.isLearner }.map(\.ackedRound)
        if isVoter { rounds.append(readRounds.current) }
        return Quorum.reached(rounds)
    }

    /// While a transfer runs, others may elect a leader although they hear this one: nothing is confirmed.
    mutating func confirmReads() {
        guard transfer == nil else { return }
        ready.reads += readRounds.takeConfirmed(by: confirmedRound)
    }
}
