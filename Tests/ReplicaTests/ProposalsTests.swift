import Raft
import Testing

@testable import Replica

@Suite struct ProposalsTests {
    private func appended(_ index: LogIndex, term: Term) -> Proposals.Appended {
        Proposals.Appended(index: index, term: term, source: .client(index))
    }

    private func taken(_ proposals: inout Proposals, at index: LogIndex) -> [LogPosition] {
        var found: [LogPosition] = []
        while let next = proposals.take(at: index) { found.append(LogPosition(index: next.index, term: next.term)) }
        return found
    }

    /// A node that leads, is deposed and truncated, and leads again gives out lower indexes than before: a write of the new term must
    /// not be missed behind one of the old, or it would be taken for lost and made twice.
    @Test func aNewTermMayBeginBelowIndexesOfAnOldOne() {
        var proposals = Proposals()
        for index in 8...10 as ClosedRange<LogIndex> { proposals.add(appended(index, term: 3)) }
        for index in 6...9 as ClosedRange<LogIndex> { proposals.add(appended(index, term: 5)) }
        #expect(taken(&proposals, at: 6) == [LogPosition(index: 6, term: 5)])
        #expect(taken(&proposals, at: 7) == [LogPosition(index: 7, term: 5)])
        #expect(taken(&proposals, at: 8) == [LogPosition(index: 8, term: 5), LogPosition(index: 8, term: 3)])
        #expect(taken(&proposals, at: 9) == [LogPosition(index: 9, term: 5), LogPosition(index: 9, term: 3)])
        #expect(taken(&proposals, at: 10) == [LogPosition(index: 10, term: 3)])
        #expect(taken(&proposals, at: 11).isEmpty)
    }

    /// What many clients wait for when a leader is deposed and elected again must not stop the node.
    @Test func whatAnEarlierTermLeftIsTakenInOrder() {
        var proposals = Proposals()
        let count: LogIndex = 100_000
        for index in 1...count { proposals.add(appended(index, term: 3)) }
        proposals.add(appended(1, term: 5))
        #expect(taken(&proposals, at: 1) == [LogPosition(index: 1, term: 5), LogPosition(index: 1, term: 3)])
        let rest = (2...count).flatMap { taken(&proposals, at: $0) }
        #expect(rest == (2...count).map { LogPosition(index: $0, term: 3) })
        #expect(proposals.appended.isEmpty)
    }
}
