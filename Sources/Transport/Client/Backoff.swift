/// Exponential back-off with jitter: each pause is drawn from the upper half of a span that doubles.
struct Backoff {
    private let minimum: UInt64
    private let maximum: UInt64
    private var failures = 0
    private var random: any RandomNumberGenerator

    init(minMilliseconds: UInt64, maxMilliseconds: UInt64, random: any RandomNumberGenerator) {
        minimum = minMilliseconds
        maximum = maxMilliseconds
        self.random = random
    }

    mutating func succeeded() { failures = 0 }

    /// - Returns: how long to wait before the next attempt, in milliseconds.
    mutating func failed() -> UInt64 {
        let span = min(maximum, minimum << UInt64(min(failures, 16)))
        failures += 1
        return span / 2 + random.next() % (span - span / 2 + 1)
    }
}
