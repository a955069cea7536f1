import Bytes

/// The figures of a load run.
struct BenchReport {
    let plan: LoadPlan
    let result: LoadResult
    let check: WriteCheck.Verdict?

    private static let percentiles: [(name: String, fraction: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999),
    ]

    private var throughput: Double { result.seconds > 0 ? Double(result.latency.count) / result.seconds : 0 }

    var text: String {
        let rate = plan.rate == 0 ? "as fast as they can" : "\(plan.rate) puts/s offered"
        var lines = ["\(plan.connections) connections, \(rate), \(plan.keys) keys, values of \(plan.valueSize) bytes"]
        lines.append(
            "acknowledged  \(result.latency.count) of \(result.sent) puts in \(BenchReport.fixed(result.seconds, 2)) s: \(BenchReport.fixed(throughput, 0)) puts/s"
        )
        let latencies = BenchReport.percentiles.map {
            "\($0.name) \(milliseconds(result.latency.percentile($0.fraction)))"
        }
        lines.append(
            "latency ms    " + (latencies + ["max \(milliseconds(result.latency.max))"]).joined(separator: "  "))
        let errors = result.errors.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        lines.append("errors        " + (errors.isEmpty ? "none" : errors.joined(separator: ", ")))
        lines.append("leader changes seen: \(result.leaderChanges)")
        if let check { lines += describe(check) }
        return lines.joined(separator: "\n")
    }

    private func describe(_ check: WriteCheck.Verdict) -> [String] {
        if check.isClean {
            return ["check         every acknowledged write is on \(check.checked.joined(separator: ", "))"]
        }
        var lines = ["check FAILED  \(check.missing) acknowledged writes missing"]
        lines += check.examples.map { "  \($0)" }
        if !check.unreachable.isEmpty { lines.append("  not checked: \(check.unreachable.joined(separator: ", "))") }
        return lines
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        pair("connections", plan.connections, &writer)
        pair("rate", plan.rate, &writer)
        pair("sent", result.sent, &writer)
        pair("acknowledged", Int(result.latency.count), &writer)
        pair("seconds", result.seconds, &writer)
        pair("puts_per_second", throughput, &writer)
        for (name, fraction) in BenchReport.percentiles {
            pair(name.filter { $0 != "." } + "_ms", Double(result.latency.percentile(fraction)) / 1_000_000, &writer)
        }
        pair("max_ms", Double(result.latency.max) / 1_000_000, &writer)
        writer.key("errors")
        writer.beginObject()
        for (kind, count) in result.errors.sorted(by: { $0.key < $1.key }) { pair(kind, count, &writer) }
        writer.endObject()
        pair("leader_changes", result.leaderChanges, &writer)
        if let check {
            pair("missing", check.missing, &writer)
            pair("nodes_checked", check.checked.count, &writer)
            pair("nodes_unreachable", check.unreachable.count, &writer)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func pair(_ name: String, _ number: Int, _ writer: inout JSONWriter) {
        writer.key(name)
        writer.value(number)
    }

    private func pair(_ name: String, _ number: Double, _ writer: inout JSONWriter) {
        writer.key(name)
        writer.value(number)
    }

    private func milliseconds(_ nanoseconds: UInt64) -> String { BenchReport.fixed(Double(nanoseconds) / 1_000_000, 2) }

    /// `value` with `places` decimal places.
    private static func fixed(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = UInt64((value * scale).rounded())
        guard places > 0 else { return String(scaled) }
        let fraction = String(scaled % UInt64(scale))
        return "\(scaled / UInt64(scale))." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
