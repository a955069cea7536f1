import Glibc

/// The time of day: stamped on entries by a leader, never used to decide anything.
enum WallClock {
    /// Unix time in milliseconds.
    static var milliseconds: UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0 else {
            preconditionFailure("CLOCK_REALTIME cannot be read: errno \(errno)")
        }
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
