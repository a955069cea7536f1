import Testing

@testable import Node

@Suite struct MetricsDocumentTests {
    private func text(_ fill: (inout MetricsDocument) -> Void) -> String {
        var document = MetricsDocument()
        fill(&document)
        return String(decoding: document.bytes, as: UTF8.self)
    }

    /// The value of the line that begins with `series`.
    private func value(of series: String, in text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("\(series) ") }.map { String($0.dropFirst(series.count + 1)) }
    }

    // MARK: The format

    @Test func aMetricIsItsHelpItsTypeAndItsSeries() {
        let text = text {
            $0.add("a_total", "counter", "What it counts.", .max)
            $0.add("b", "gauge", "With a label.", 1, labels: #"x="y""#)
            $0.add("c_seconds", "counter", "A time.", seconds: 1_500_000_000)
            $0.add("d", "counter", "By class.", by: "class", [("1xx", 0), ("2xx", 3)])
        }
        #expect(
            text == """
                # HELP a_total What it counts.
                # TYPE a_total counter
                a_total 18446744073709551615
                # HELP b With a label.
                # TYPE b gauge
                b{x="y"} 1
                # HELP c_seconds A time.
                # TYPE c_seconds counter
                c_seconds 1.5
                # HELP d By class.
                # TYPE d counter
                d{class="1xx"} 0
                d{class="2xx"} 3

                """)
    }

    @Test func anEmptyHistogramHasAllItsBuckets() {
        let text = text { $0.add("h_seconds", "A duration.", Histogram()) }
        let lines = text.split(separator: "\n")
        #expect(lines.first == "# HELP h_seconds A duration.")
        #expect(lines.dropFirst().first == "# TYPE h_seconds histogram")
        #expect(lines.count == 2 + Histogram.bounds.count + 3)
        #expect(lines.dropFirst(2).allSatisfy { $0.hasSuffix(" 0") || $0 == "h_seconds_sum 0.0" })
    }

    @Test func bucketsAreCumulativeAndTheLastOneIsTheCount() {
        var histogram = Histogram()
        for milliseconds in [0, 1, 1, 3, 30, 11_000] as [UInt64] {
            histogram.record(nanoseconds: milliseconds * 1_000_000)
        }
        let text = text { $0.add("h", "A duration.", histogram) }
        let expected = [
            ("0.0001", "1"), ("0.00025", "1"), ("0.0005", "1"), ("0.001", "3"), ("0.0025", "3"), ("0.005", "4"),
            ("0.01", "4"), ("0.025", "4"), ("0.05", "5"), ("0.1", "5"), ("0.25", "5"), ("0.5", "5"), ("1.0", "5"),
            ("2.5", "5"), ("5.0", "5"), ("10.0", "5"), ("+Inf", "6"),
        ]
        let buckets = text.split(separator: "\n").filter { $0.hasPrefix("h_bucket") }
        #expect(buckets.map(String.init) == expected.map { #"h_bucket{le="\#($0.0)"} \#($0.1)"# })
        #expect(value(of: "h_count", in: text) == "6")
        #expect(value(of: "h_sum", in: text) == "11.035")
    }

    // MARK: The histogram

    @Test func boundsAscend() {
        #expect(zip(Histogram.bounds, Histogram.bounds.dropFirst()).allSatisfy { $0 < $1 })
        #expect(Histogram.bounds.first == 100_000)
        #expect(Histogram.bounds.last == 10_000_000_000)
    }

    /// `le` means less or equal.
    @Test func aDurationAtABoundBelongsBelowIt() {
        for (index, bound) in Histogram.bounds.enumerated() {
            var histogram = Histogram()
            histogram.record(nanoseconds: bound)
            histogram.record(nanoseconds: bound + 1)
            #expect(histogram.counts[index] == 1)
            #expect(histogram.counts[index + 1] == 1)
            #expect(histogram.counts.reduce(0, +) == 2)
            #expect(histogram.totalNanoseconds == 2 * bound + 1)
        }
    }
}
