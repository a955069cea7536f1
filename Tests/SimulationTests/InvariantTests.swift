import Raft
import Testing

@testable import Simulation

/// Each invariant can fail: a fact that violates it is noticed, and the fact next to it is not.
@Suite struct InvariantTests {
    private let ids: [InstanceID]
    private let log: RaftLog

    init() {
        var random = SeededRandom(seed: 1)
        ids = (0..<5).map { _ in random.nextID() }
        log = InvariantTests.log(terms: [1, 1, 2])
    }

    private static func log(terms: [Term]) -> RaftLog {
        var log = RaftLog()
        for (place, term) in terms.enumerated() {
            log.append(LogEntry(term: term, index: LogIndex(place + 1), kind: .noop, payload: []))
        }
        return log
    }

    private func identity(_ place: Int) -> Identity { Identity(nodeID: "n\(place + 1)", instance: ids[place]) }

    private func facts(
        term: Term = 2, vote: Int? = nil, isLeader: Bool = false, commit: LogIndex = 2, applied: LogIndex = 2,
        kept: LogIndex = 3, last: LogIndex = 3
    ) -> NodeWatch.Facts {
        NodeWatch.Facts(
            term: term, vote: vote.map { ids[$0] }, isLeader: isLeader, commitIndex: commit, lastApplied: applied,
            keptLog: kept, lastLog: last)
    }

    /// Whether the second of two turns of a node is noticed.
    private func isNoticed(_ first: NodeWatch.Facts, then second: NodeWatch.Facts) -> Bool {
        var watch = NodeWatch()
        do throws(Violation) {
            try watch.note(first, of: "n1")
        } catch {
            Issue.record("\(error)")
        }
        do throws(Violation) {
            try watch.note(second, of: "n1")
            return false
        } catch {
            return true
        }
    }

    @Test func twoLeadersInATerm() throws {
        var cluster = ClusterLog()
        #expect(try cluster.noteLeader(identity(0), term: 3))
        #expect(try !cluster.noteLeader(identity(0), term: 3))
        #expect(try cluster.noteLeader(identity(1), term: 4))
        #expect(throws: Violation.self) { try cluster.noteLeader(identity(1), term: 3) }
    }

    @Test func twoEntriesOfATermAtAnIndex() throws {
        var cluster = ClusterLog()
        try cluster.note(LogEntry(term: 1, index: 1, kind: .command, payload: [1]))
        try cluster.note(LogEntry(term: 2, index: 1, kind: .command, payload: [2]))
        #expect(throws: Violation.self) {
            try cluster.note(LogEntry(term: 1, index: 1, kind: .command, payload: [2]))
        }
    }

    @Test func aLeaderWithoutWhatWasCommittedBefore() throws {
        var cluster = ClusterLog()
        #expect(try cluster.noteCommitted(1...3, in: log, term: 2, by: "n1"))
        try cluster.checkCompleteness(of: log, leader: identity(1), term: 3)
        let short = InvariantTests.log(terms: [1, 1])
        let other = InvariantTests.log(terms: [1, 1, 1, 3])
        #expect(throws: Violation.self) { try cluster.checkCompleteness(of: short, leader: identity(1), term: 3) }
        #expect(throws: Violation.self) { try cluster.checkCompleteness(of: other, leader: identity(1), term: 3) }
        // One whose term is older than the commitment may well lack it.
        try cluster.checkCompleteness(of: short, leader: identity(1), term: 2)
    }

    @Test func anotherEntryCommittedOrAppliedAtAnIndex() throws {
        var cluster = ClusterLog()
        #expect(try cluster.noteCommitted(1...2, in: log, term: 1, by: "n1"))
        #expect(try !cluster.noteCommitted(1...2, in: log, term: 2, by: "n2"))
        let other = InvariantTests.log(terms: [1, 3])
        #expect(throws: Violation.self) { _ = try cluster.noteCommitted(2...2, in: other, term: 3, by: "n3") }
        for index in 1...3 as ClosedRange<LogIndex> { try cluster.note(#require(log.entry(at: index))) }
        #expect(try cluster.noteApplied(LogPosition(index: 1, term: 1), by: "n1") != nil)
        #expect(try cluster.noteApplied(LogPosition(index: 1, term: 1), by: "n2") == nil)
        #expect(throws: Violation.self) { _ = try cluster.noteApplied(LogPosition(index: 1, term: 2), by: "n3") }
        let changed = LogEntry(term: 1, index: 1, kind: .command, payload: [99])
        #expect(throws: Violation.self) { try cluster.note(changed) }
    }

    @Test func aClientIsToldOfWhatNobodyHasCommitted() throws {
        var cluster = ClusterLog()
        #expect(try cluster.noteCommitted(1...2, in: log, term: 2, by: "n1"))
        try cluster.checkAcknowledged(2)
        #expect(throws: Violation.self) { try cluster.checkAcknowledged(3) }
    }

    @Test func aLeaderThatChangesItsLog() {
        let leads = facts(isLeader: true)
        #expect(!isNoticed(leads, then: leads))
        #expect(isNoticed(leads, then: facts(isLeader: true, kept: 2)))
        #expect(isNoticed(leads, then: facts(isLeader: false, kept: 2)), "it may not resign and truncate in one term")
        #expect(!isNoticed(facts(), then: facts(kept: 2)))
        #expect(!isNoticed(leads, then: facts(term: 3, kept: 2)))
    }

    @Test func aTermACommitIndexOrAnAppliedIndexThatFalls() {
        #expect(isNoticed(facts(), then: facts(term: 1)))
        #expect(isNoticed(facts(), then: facts(commit: 1, applied: 1)))
        #expect(isNoticed(facts(), then: facts(applied: 1)))
        #expect(isNoticed(facts(), then: facts(applied: 3)), "beyond the commit index")
        #expect(!isNoticed(facts(), then: facts(term: 3, commit: 3, applied: 3)))
    }

    @Test func aVoteThatChanges() throws {
        #expect(isNoticed(facts(vote: 1), then: facts(vote: 2)))
        #expect(isNoticed(facts(vote: 1), then: facts()))
        #expect(!isNoticed(facts(vote: 1), then: facts(term: 3, vote: 2)))
        #expect(!isNoticed(facts(), then: facts(vote: 2)))

        var votes = VoteLedger()
        try votes.note(ids[0], votesFor: ids[1], in: 5)
        try votes.note(ids[0], votesFor: ids[1], in: 5)
        try votes.note(ids[0], votesFor: ids[2], in: 6)
        try votes.note(ids[3], votesFor: ids[2], in: 5)
        #expect(throws: Violation.self) { try votes.note(ids[0], votesFor: ids[2], in: 5) }
    }

    @Test func aCommitmentThatIsDurableOnAMinority() throws {
        let members = (0..<5).map { place in
            Member(
                number: UInt32(place + 1), nodeID: "n\(place + 1)", address: "n\(place + 1):1", instance: ids[place],
                isLearner: place == 4)
        }
        let majority = DurableMajority(configurations: [Configuration(clusterID: ids[0], members: members)])
        let position = LogPosition(index: 3, term: 2)
        func check(_ logs: [DurableLog?]) throws {
            try majority.check(position, by: "n1") { instance in ids.firstIndex(of: instance).flatMap { logs[$0] } }
        }
        let holds = DurableLog(terms: [1, 1, 2], end: 3)
        let isBehind = DurableLog(terms: [1, 1, 2], end: 2)
        let hasAnother = DurableLog(terms: [1, 1, 1], end: 3)
        try check([holds, holds, holds, nil, nil])
        try check([holds, DurableLog(terms: [0, 0, 0], end: 3), nil, holds, nil])
        #expect(throws: Violation.self, "a learner does not count") { try check([holds, holds, nil, nil, holds]) }
        #expect(throws: Violation.self) { try check([holds, holds, isBehind, nil, nil]) }
        #expect(throws: Violation.self) { try check([holds, holds, hasAnother, nil, nil]) }
    }

    @Test func whatChangedInALogIsSeen() {
        var seen = SeenLog()
        var news = seen.takeNews(of: log)
        #expect(news.added == 1...3 && news.removed == 0)
        news = seen.takeNews(of: log)
        #expect(news.added == nil && news.kept == 3)
        news = seen.takeNews(of: InvariantTests.log(terms: [1, 3, 3]))
        #expect(news.kept == 1 && news.removed == 2 && news.added == 2...3)
        news = seen.takeNews(of: InvariantTests.log(terms: [1]))
        #expect(news.kept == 1 && news.removed == 2 && news.added == nil)
    }
}
