/// What happened in a run.
package struct Summary: Sendable, CustomStringConvertible {
    package var crashes = 0
    package var virtualMilliseconds: UInt64 = 0
    package var acknowledgedWrites = 0
    package var unknownWrites = 0
    package var linearizableReads = 0
    package var staleReads = 0
    package var elections = 0
    /// What operators did: nodes started to join, leaves that were done, transfers asked for.
    package var joins = 0
    package var leaves = 0
    package var transfers = 0
    package var snapshots = 0
    package var snapshotReads = 0
    /// Changes with everything that happened.
    package var traceHash: UInt64 = 0

    static func += (total: inout Summary, part: Summary) {
        total.crashes += part.crashes
        total.virtualMilliseconds += part.virtualMilliseconds
        total.acknowledgedWrites += part.acknowledgedWrites
        total.unknownWrites += part.unknownWrites
        total.linearizableReads += part.linearizableReads
        total.staleReads += part.staleReads
        total.elections += part.elections
        total.joins += part.joins
        total.leaves += part.leaves
        total.transfers += part.transfers
        total.snapshots += part.snapshots
        total.snapshotReads += part.snapshotReads
        total.traceHash = total.traceHash &* 31 &+ part.traceHash
    }

    package var description: String {
        """
        \(crashes) crashes, \(virtualMilliseconds / 1000) s of virtual time, \(acknowledgedWrites) writes acknowledged, \
        \(unknownWrites) of unknown outcome, \(linearizableReads) linearizable and \(staleReads) stale reads, \
        \(elections) elections, \(joins) joins, \(leaves) leaves, \(transfers) transfers asked for, \(snapshots) snapshots \
        made and \(snapshotReads) pieces of them read for others, trace \(String(traceHash, radix: 16))
        """
    }
}
