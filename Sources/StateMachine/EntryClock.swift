/// Time as the entries tell it, for what must not be forgotten early: the clocks of two leaders may be far apart, and be set.
///
/// It follows the timestamps, but goes on by a minute at most from one entry to the next, and never back. So a leader whose clock is
/// hours ahead makes nothing old at once; where entries are rare, time passes more slowly.
struct EntryClock: Sendable, Equatable {
    static let maximumStep: UInt64 = 60_000

    /// In milliseconds since some moment.
    private(set) var now: UInt64
    /// The last timestamp, in Unix milliseconds.
    private(set) var last: UInt64

    init(now: UInt64 = 0, last: UInt64 = 0) {
        self.now = now
        self.last = last
    }

    /// Takes the timestamp of the next entry.
    mutating func advance(to timestamp: UInt64) {
        if timestamp > last { now += min(timestamp - last, EntryClock.maximumStep) }
        last = timestamp
    }
}
