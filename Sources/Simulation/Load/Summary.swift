import Bytes

/// What happened in a run, or in several.
package struct Summary: Sendable, CustomStringConvertible {
    package var runs = 1
    package var crashes = 0
    package var virtualMilliseconds: UInt64 = 0
    package var acknowledgedWrites = 0
    package var unknownWrites = 0
    package var linearizableReads = 0
    package var staleReads = 0
    package var elections = 0
    package var counters = Counters()
    /// Changes with everything that happened.
    package var traceHash: UInt64 = 0

    static let none = Summary(runs: 0)

    static func += (total: inout Summary, part: Summary) {
        total.runs += part.runs
        total.crashes += part.crashes
        total.virtualMilliseconds += part.virtualMilliseconds
        total.acknowledgedWrites += part.acknowledgedWrites
        total.unknownWrites += part.unknownWrites
        total.linearizableReads += part.linearizableReads
        total.staleReads += part.staleReads
        total.elections += part.elections
        total.counters += part.counters
        total.traceHash = total.traceHash &* 31 &+ part.traceHash
    }

    /// The trace's hash, 16 hexadecimal digits.
    package var trace: String { Hex.encode(traceHash) }

    package var description: String {
        """
        trace \(trace), \(virtualMilliseconds / 1000) s of virtual time, \(crashes) crashes, \(acknowledgedWrites) writes \
        acknowledged, \(unknownWrites) of unknown outcome, \(linearizableReads) linearizable and \(staleReads) stale reads, \
        \(elections) elections
        """
    }
}
