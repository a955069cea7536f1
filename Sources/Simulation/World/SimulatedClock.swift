import Raft

/// A machine's clocks: a monotonic one that may run fast or slow, and a wall clock that may be wrong and may jump.
///
/// The world's time is the simulation's; replicas are told their machine's.
struct SimulatedClock {
    /// 2023-11-14, in Unix milliseconds: what the wall clock of an exact machine showed at the world's zero.
    private static let wallEpoch: Int64 = 1_700_000_000_000
    static let exactRate: UInt64 = 1_000_000

    /// How far the wall clock is off.
    var offsetMilliseconds: Int64

    /// Where the present rate began, in both times.
    private var worldStart = Instant.zero
    private var localStart = Instant.zero
    /// Local microseconds in a second of the world.
    private(set) var rate = SimulatedClock.exactRate

    init(offsetMilliseconds: Int64) { self.offsetMilliseconds = offsetMilliseconds }

    /// The monotonic clock goes on from where it is, at another rate.
    mutating func run(at rate: UInt64, since now: Instant) {
        (localStart, worldStart) = (local(now), now)
        self.rate = rate
    }

    /// What the monotonic clock shows at a time of the world.
    func local(_ world: Instant) -> Instant {
        guard rate != Self.exactRate || localStart != worldStart else { return world }
        let passed = world.nanoseconds(since: worldStart)
        return Instant(
            nanoseconds: localStart.nanoseconds + passed / 1_000_000 * rate + passed % 1_000_000 * rate / 1_000_000)
    }

    /// The time of the world at which the monotonic clock has reached `local`.
    func world(_ local: Instant) -> Instant {
        guard local != .never, rate != Self.exactRate || localStart != worldStart else { return local }
        let passed = local.nanoseconds(since: localStart)
        let quotient = passed / rate * 1_000_000 + (passed % rate * 1_000_000 + rate - 1) / rate
        return Instant(nanoseconds: worldStart.nanoseconds + quotient)
    }

    /// What the wall clock shows, in Unix milliseconds.
    func wall(_ world: Instant) -> UInt64 {
        UInt64(max(0, Self.wallEpoch + Int64(local(world).nanoseconds / 1_000_000) + offsetMilliseconds))
    }
}
