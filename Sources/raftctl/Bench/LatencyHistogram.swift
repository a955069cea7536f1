/// Latencies with a relative error below 1 %: 128 linear steps to each power of two (after HdrHistogram).
struct LatencyHistogram {
    private static let stepBits = 7
    private var counts = [UInt64](repeating: 0, count: (65 - stepBits) << stepBits)
    private(set) var count: UInt64 = 0
    private(set) var max: UInt64 = 0

    mutating func record(_ nanoseconds: UInt64) {
        counts[LatencyHistogram.bucket(of: nanoseconds)] += 1
        count += 1
        max = Swift.max(max, nanoseconds)
    }

    /// The smallest recorded latency, up to a bucket's width, that `fraction` of all do not exceed; nanoseconds.
    func percentile(_ fraction: Double) -> UInt64 {
        let wanted = UInt64((Double(count) * fraction).rounded(.up))
        var seen: UInt64 = 0
        for (bucket, count) in counts.enumerated() {
            seen += count
            if seen >= wanted, seen > 0 { return Swift.min(LatencyHistogram.upperBound(of: bucket), max) }
        }
        return max
    }

    private static func bucket(of value: UInt64) -> Int {
        let shift = Swift.max(0, 63 - stepBits - value.leadingZeroBitCount)
        return shift << stepBits + Int(value >> UInt64(shift))
    }

    private static func upperBound(of bucket: Int) -> UInt64 {
        let steps = 1 << stepBits
        guard bucket >= 2 * steps else { return UInt64(bucket) }
        let shift = bucket >> stepBits - 1
        return (UInt64(bucket - shift << stepBits) + 1) << UInt64(shift) - 1
    }
}
