// A leader whose process is gone is news: its port refuses, and nobody has to wait for an election time-out to know. And a node
// whose disk does not do, or whose state is wrong, must not lead. All of that changes only when an election starts, never who may win it.

extension Raft {
    /// How often a node stands in a hurry, before it waits for time-outs again: others may refuse until they know, too.
    private static let maximumHurriedElections = 10

    mutating func leaderRefused(_ refused: InstanceID, term: Term, now: Instant) {
        guard term == currentTerm, role == .follower, leader?.instance == refused else { return }
        leader = nil
        leaderContact = nil
        hurriedElections = Self.maximumHurriedElections
        // Random, so that mostly one of them is first.
        electionDeadline = min(electionDeadline, hurriedDeadline(0...1, now: now))
    }

    /// When to stand again in a hurry, in tenths of the election time-out from now.
    private mutating func hurriedDeadline(_ tenths: ClosedRange<UInt64>, now: Instant) -> Instant {
        let tenth = settings.electionTimeoutMinMilliseconds * 100_000
        let wait = UInt64.random(in: tenth * tenths.lowerBound...tenth * tenths.upperBound, using: &random)
        return Instant(nanoseconds: now.nanoseconds &+ wait)
    }

    /// In a hurry, the next try comes sooner than an election time-out; each call uses one up.
    mutating func hurry(_ tenths: ClosedRange<UInt64>, now: Instant) {
        guard hurriedElections > 0 else { return }
        hurriedElections -= 1
        electionDeadline = hurriedDeadline(tenths, now: now)
    }

    mutating func note(_ state: StorageState, now: Instant) {
        storage = state
        guard state != .healthy, !isOnlyVoter else { return }
        switch role {
        case .leader: if state == .hung { resign(now: now) }
        case .candidate, .preCandidate: role = .follower
        case .follower: break
        }
    }

    var isUnfit: Bool { unfit.contains(identity.instance) }

    mutating func note(unfit instances: [InstanceID]) {
        unfit = instances
        guard isUnfit, !isOnlyVoter, role == .candidate || role == .preCandidate else { return }
        role = .follower
    }
}
