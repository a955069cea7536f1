import Raft

extension Replica {
    /// Goes on with changes of membership. Once a turn, before the engine's.
    func driveMembership(now: Instant) {}

    /// When `driveMembership` is due without being told.
    var membershipDeadline: Instant { .never }
}
