/// Lets one of many like lines through, now and then.
struct RateLimit {
    private let interval: UInt64
    private var next: UInt64 = 0
    private var skipped: UInt64 = 0

    init(perMilliseconds milliseconds: UInt64) {
        interval = milliseconds * 1_000_000
    }

    /// - Parameter now: a monotonic clock in nanoseconds.
    /// - Returns: how many were held back since the last one; nil when this one is held back.
    mutating func admit(at now: UInt64) -> UInt64? {
        guard now >= next else {
            skipped += 1
            return nil
        }
        defer { (next, skipped) = (now + interval, 0) }
        return skipped
    }
}
