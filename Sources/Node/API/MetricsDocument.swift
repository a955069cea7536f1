import Raft
import Replica

/// `GET /metrics`: Prometheus text format 0.0.4.
struct MetricsDocument {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var text = ""

    var bytes: [UInt8] { Array(text.utf8) }

    mutating func add(_ name: String, _ type: String, _ help: String, _ value: UInt64, labels: String = "") {
        header(name, type, help)
        line(name, labels, String(value))
    }

    mutating func add(_ name: String, _ type: String, _ help: String, seconds nanoseconds: UInt64) {
        header(name, type, help)
        line(name, "", MetricsDocument.seconds(nanoseconds))
    }

    /// One metric with a series a label value.
    mutating func add(_ name: String, _ type: String, _ help: String, by label: String, _ values: [(String, UInt64)]) {
        header(name, type, help)
        for (labelValue, value) in values { line(name, "\(label)=\"\(labelValue)\"", String(value)) }
    }

    mutating func add(_ name: String, _ help: String, _ histogram: Histogram) {
        header(name, "histogram", help)
        var sum: UInt64 = 0
        for (bound, count) in zip(Histogram.bounds, histogram.counts) {
            sum += count
            line("\(name)_bucket", "le=\"\(MetricsDocument.seconds(bound))\"", String(sum))
        }
        sum += histogram.counts[Histogram.bounds.count]
        line("\(name)_bucket", "le=\"+Inf\"", String(sum))
        line("\(name)_sum", "", MetricsDocument.seconds(histogram.totalNanoseconds))
        line("\(name)_count", "", String(sum))
    }

    private mutating func header(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    private static func seconds(_ nanoseconds: UInt64) -> String {
        String(Double(nanoseconds) / 1_000_000_000)
    }
}
