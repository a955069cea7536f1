/// A Prometheus histogram of durations with fixed buckets. Recording costs one scan over the bounds.
struct Histogram {
    /// Upper bounds in nanoseconds, from 100 µs to 10 s.
    static let bounds: [UInt64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    private(set) var counts = [UInt64](repeating: 0, count: Histogram.bounds.count + 1)
    private(set) var totalNanoseconds: UInt64 = 0

    mutating func record(nanoseconds: UInt64) {
        let bucket = Histogram.bounds.firstIndex { nanoseconds <= $0 } ?? Histogram.bounds.count
        counts[bucket] += 1
        totalNanoseconds &+= nanoseconds
    }
}
