import Testing

@testable import Raft

/// Sentences of the thesis on a log that begins behind a snapshot (5.1 to 5.3), each a test.
@Suite struct RaftPaperSnapshotTests {
    private static let configuration = Configuration(
        clusterID: Peer.clusterID, members: (1...3).map { EngineCluster.member($0) })

    /// Member 1, whose log begins after index 5 of term 2 and holds entries of `terms`.
    private func peer(_ terms: [Term] = [2, 2], currentTerm: Term = 2, commitIndex: LogIndex = 5) -> Peer {
        var peer = Peer()
        var log = RaftLog(base: LogPosition(index: 5, term: 2))
        for (place, term) in terms.enumerated() { log.append(Peer.entry(LogIndex(place + 6), term)) }
        peer.raft = Raft(
            identity: EngineNode.identity(1), settings: EngineScript.defaultSettings,
            hardState: HardState(currentTerm: currentTerm, votedFor: nil), log: log,
            configurations: [(1, Self.configuration)], commitIndex: commitIndex, seed: 1, now: .zero)
        return peer
    }

    /// Leader of term 1 with `count` commands committed after the founding entry; member 3 holds only that.
    private func leader(commands count: Int, windowBytes: Int = 32 << 20) -> Peer {
        var settings = EngineScript.defaultSettings
        settings.windowBytes = windowBytes
        var peer = Peer(settings: settings)
        peer.becomeLeader()
        for number in [2, 3] as [Member.Number] { peer.acknowledge(1, by: number) }
        peer.step(.unreachable(3))
        peer.step(.propose((1...count).map { Array("\($0)".utf8) }))
        peer.acknowledge(LogIndex(count) + 1, by: 2)
        return peer
    }

    private func hear(_ peer: inout Peer) -> Ready {
        peer.answer(.heartbeat(HeartbeatResponse(round: 1, isAccepted: true)), by: 3, term: peer.raft.currentTerm)
    }

    private func snapshotInstalled(_ index: LogIndex, _ term: Term) -> Event {
        .snapshotInstalled(
            LogPosition(index: index, term: term), configuration: Self.configuration, configurationIndex: 1)
    }

    // MARK: Restart

    @Test("A server begins with what its snapshot holds: committed, applied, and with its configuration")
    func begins() {
        var peer = peer()
        #expect(peer.raft.configuration == Self.configuration)
        #expect(peer.raft.clusterID == Peer.clusterID)
        #expect(peer.raft.log.lastPosition == LogPosition(index: 7, term: 2))
        #expect(peer.timeOut().voteRequests.map(\.vote.lastLog.index) == [7, 7])
        #expect(peer.raft.commitIndex == 5)
    }

    @Test("A log of which nothing but the snapshot is left is as up-to-date as its last included entry")
    func nothingButTheSnapshot() {
        var peer = peer([])
        #expect(peer.requestVote(by: 2, term: 9, last: LogPosition(index: 4, term: 2)) == false)
        #expect(peer.requestVote(by: 2, term: 9, last: LogPosition(index: 9, term: 1)) == false)
        #expect(peer.requestVote(by: 2, term: 9, last: LogPosition(index: 5, term: 2)) == true)
    }

    // MARK: Follower

    @Test("Entries at or below the base are the leader's already: what lies beyond is appended, and nothing lost")
    func appendsAcrossTheBase() {
        var peer = peer()
        let below = (3...5).map { Peer.entry($0, 2) }
        #expect(peer.append(below, after: LogPosition(index: 2, term: 1), term: 2) == .matched(matchIndex: 5))
        #expect(peer.append([], after: LogPosition(index: 2, term: 1), commit: 9, term: 2) == .matched(matchIndex: 5))
        #expect(peer.raft.commitIndex == 5)
        let across = (4...8).map { Peer.entry($0, 2) }
        #expect(
            peer.append(across, after: LogPosition(index: 3, term: 1), commit: 8, term: 2) == .matched(matchIndex: 8))
        #expect(peer.raft.log.lastIndex == 8)
        #expect(peer.raft.commitIndex == 8)
    }

    @Test("Behind the base logs are compared as ever")
    func conflictsBehindTheBase() {
        var peer = peer([3, 3], currentTerm: 3)
        let conflict = peer.append([Peer.entry(8, 4)], after: LogPosition(index: 7, term: 2), term: 4)
        #expect(conflict == .conflict(rejected: 7, hint: LogPosition(index: 5, term: 2)))
        #expect(
            peer.append([Peer.entry(6, 4)], after: LogPosition(index: 5, term: 2), term: 4) == .matched(matchIndex: 6))
        #expect(peer.raft.log.lastPosition == LogPosition(index: 6, term: 4))
    }

    @Test("A snapshot with information that is not in the log replaces all of it")
    func replaces() {
        var peer = Peer(terms: [1, 1, 1], currentTerm: 3)
        #expect(peer.raft.needsSnapshot(at: LogPosition(index: 9, term: 3)))
        let ready = peer.step(snapshotInstalled(9, 3))
        #expect(ready.committed.isEmpty)
        #expect(ready.truncateAfter == nil)
        #expect(peer.raft.log.lastPosition == LogPosition(index: 9, term: 3))
        #expect(peer.raft.log.base.index == 9)
        #expect(peer.raft.commitIndex == 9)
        #expect(peer.raft.configurationIndex == 1)
        let next = peer.append([Peer.entry(10, 3)], after: LogPosition(index: 9, term: 3), commit: 10, term: 3)
        #expect(next == .matched(matchIndex: 10))
        #expect(peer.raft.commitIndex == 10)
    }

    @Test("A conflicting tail goes with the rest, also what this turn has appended")
    func replacesWhatThisTurnAppended() {
        var peer = Peer(currentTerm: 1)
        let append = AppendEntries(previous: .zero, entries: [Peer.entry(1, 1)], leaderCommit: 0)
        let header = PeerHeader(
            clusterID: Peer.clusterID, sender: EngineNode.identity(2), recipient: peer.raft.identity.instance, term: 2)
        peer.raft.step(.request(PeerRequest(header: header, body: .appendEntries(append)), token: 1), now: peer.now)
        let ready = peer.step(snapshotInstalled(4, 2))
        #expect(ready.entries.isEmpty)
        #expect(peer.raft.log.lastIndex == 4)
    }

    @Test(
        "A snapshot of a prefix of the log, or of what is committed here, is not needed: entries that follow are kept")
    func prefixIsKept() {
        let held = Peer(terms: [1, 1, 1])
        #expect(!held.raft.needsSnapshot(at: LogPosition(index: 2, term: 1)))
        #expect(!held.raft.needsSnapshot(at: LogPosition(index: 9, term: 2)), "of a term yet unknown")
        var committed = Peer(terms: [1, 1, 1])
        committed.append(after: LogPosition(index: 3, term: 1), commit: 3, term: 2)
        #expect(!committed.raft.needsSnapshot(at: LogPosition(index: 2, term: 2)))
        var leader = Peer()
        leader.becomeLeader()
        #expect(!leader.raft.needsSnapshot(at: LogPosition(index: 9, term: 1)))
    }

    @Test("Who is sent a snapshot hears its leader")
    func hearsLeader() {
        var peer = Peer(currentTerm: 1)
        peer.wait(299)
        let header = PeerHeader(
            clusterID: Peer.clusterID, sender: EngineNode.identity(2), recipient: peer.raft.identity.instance, term: 3)
        peer.step(.leaderHeard(header))
        #expect(peer.raft.currentTerm == 3)
        #expect(peer.raft.leader == EngineNode.identity(2))
        peer.wait(299)
        #expect(peer.step(.tick).voteRequests.isEmpty)
    }

    // MARK: Compaction

    @Test("Compaction keeps the configuration in force at its end, and those after it")
    func keepsConfigurations() {
        var peer = Peer(currentTerm: 1)
        func entry(_ index: LogIndex, members: Int) -> LogEntry {
            let configuration = Configuration(
                clusterID: Peer.clusterID, members: (1...members).map { EngineCluster.member(Member.Number($0)) })
            return LogEntry(
                term: 1, index: index, kind: .configuration, payload: ConfigurationCodec.encode(configuration))
        }
        let entries = [entry(1, members: 3), entry(2, members: 4), Peer.entry(3, 1), entry(4, members: 5)]
        peer.append(entries, commit: 3, term: 1)
        peer.step(.compacted(LogPosition(index: 3, term: 1)))
        #expect(peer.raft.configurations.map(\.index) == [2, 4])
        #expect(peer.raft.committedConfiguration.index == 2)
        // The uncommitted one goes: the one at the base is in force again.
        peer.append([Peer.entry(4, 2)], after: LogPosition(index: 3, term: 1), term: 2)
        #expect(peer.raft.configuration.members.count == 4)
        // What was compacted once is not compacted again.
        peer.step(.compacted(LogPosition(index: 2, term: 1)))
        #expect(peer.raft.log.base.index == 3)
    }

    @Test("That this node was a member is remembered when its removal is compacted")
    func remembersMembership() {
        var peer = Peer(currentTerm: 1)
        let numbers: [[Member.Number]] = [[1, 2, 3], [2, 3]]
        let entries = numbers.enumerated().map { place, numbers in
            let configuration = Configuration(
                clusterID: Peer.clusterID, members: numbers.map { EngineCluster.member($0) }, nextNumber: 4)
            return LogEntry(
                term: 1, index: LogIndex(place + 1), kind: .configuration,
                payload: ConfigurationCodec.encode(configuration))
        }
        peer.append(entries, commit: 2, term: 1)
        #expect(peer.raft.isRemoved)
        peer.step(.compacted(LogPosition(index: 2, term: 1)))
        #expect(peer.raft.isRemoved)
    }

    // MARK: Leader

    @Test("The leader sends a snapshot when it has discarded the next entry that a follower needs")
    func owesSnapshot() {
        var peer = leader(commands: 4)
        peer.step(.compacted(LogPosition(index: 3, term: 1)))
        let ready = hear(&peer)
        #expect(ready.snapshotsNeeded == [3])
        #expect(ready.appends.isEmpty)
        #expect(peer.raft.progress.last?.state == .snapshot)
        // Once: nothing is sent meanwhile, and nothing asked again.
        #expect(hear(&peer).snapshotsNeeded.isEmpty)
        #expect(peer.step(.unreachable(3)).snapshotsNeeded.isEmpty)
        let after = peer.step(.snapshotSent(to: 3, LogPosition(index: 3, term: 1)))
        #expect(after.appends.map(\.append.previous) == [LogPosition(index: 3, term: 1)])
        #expect(after.appends.first?.append.entries.map(\.index) == [4, 5])
    }

    @Test("The entry right behind the base needs no snapshot")
    func baseIsEnough() {
        var peer = leader(commands: 4)
        peer.step(.compacted(LogPosition(index: 1, term: 1)))
        let ready = hear(&peer)
        #expect(ready.snapshotsNeeded.isEmpty)
        #expect(ready.appends.map(\.append.previous) == [LogPosition(index: 1, term: 1)])
    }

    @Test("A snapshot that fails is asked for again after the next heartbeat answered")
    func snapshotFails() {
        var peer = leader(commands: 4)
        peer.step(.compacted(LogPosition(index: 3, term: 1)))
        _ = hear(&peer)
        #expect(peer.step(.snapshotFailed(to: 3)).snapshotsNeeded.isEmpty)
        #expect(hear(&peer).snapshotsNeeded == [3])
    }

    @Test("A snapshot that the log has outrun meanwhile is followed by another")
    func outrunSnapshot() {
        var peer = leader(commands: 6)
        peer.step(.compacted(LogPosition(index: 3, term: 1)))
        _ = hear(&peer)
        peer.step(.compacted(LogPosition(index: 5, term: 1)))
        #expect(peer.step(.snapshotSent(to: 3, LogPosition(index: 3, term: 1))).snapshotsNeeded == [3])
    }

    @Test("A follower that reaches the log after all, by a late answer, is fed by the log")
    func lateAnswer() {
        var peer = leader(commands: 4)
        peer.step(.compacted(LogPosition(index: 3, term: 1)))
        _ = hear(&peer)
        #expect(peer.acknowledge(2, by: 3).appends.isEmpty)
        #expect(peer.acknowledge(3, by: 3).appends.map(\.append.previous.index) == [3])
    }

    @Test("Where logs agree only below the base, the snapshot is the answer, and not another probe")
    func conflictBelowTheBase() {
        var peer = peer([2, 2])
        peer.becomeLeader(by: [2])
        for hint in [LogPosition(index: 3, term: 1), LogPosition(index: 6, term: 1), .zero] {
            var copy = peer
            let conflict = AppendEntriesResponse.conflict(rejected: 7, hint: hint)
            let ready = copy.answer(.appendEntries(conflict), by: 3, term: copy.raft.currentTerm)
            #expect(ready.snapshotsNeeded == [3], "\(hint)")
            // A late conflict changes nothing.
            #expect(copy.answer(.appendEntries(conflict), by: 3, term: 3).appends.isEmpty)
        }
        let atBase = AppendEntriesResponse.conflict(rejected: 7, hint: LogPosition(index: 5, term: 2))
        let ready = peer.answer(.appendEntries(atBase), by: 3, term: peer.raft.currentTerm)
        #expect(ready.appends.map(\.append.previous) == [LogPosition(index: 5, term: 2)])
    }

    @Test("A follower that cannot be reached is probed where it was: silence is no reason for a snapshot")
    func silenceNeedsNoSnapshot() {
        var peer = peer([2, 2])
        peer.becomeLeader(by: [2])
        peer.step(.unreachable(3))
        let ready = hear(&peer)
        #expect(ready.snapshotsNeeded.isEmpty)
        #expect(ready.appends.map(\.append.previous) == [LogPosition(index: 7, term: 2)])
    }

    @Test("Entries read from disk that were compacted meanwhile are not sent")
    func readMeetsCompaction() {
        var peer = leader(commands: 4, windowBytes: 0)
        #expect(hear(&peer).logReads.map(\.from) == [2])
        peer.step(.compacted(LogPosition(index: 2, term: 1)))
        let read = LogEntry(term: 1, index: 2, kind: .command, payload: Array("1".utf8))
        #expect(peer.step(.entriesRead([read], for: 3)).appends.isEmpty)
        #expect(hear(&peer).snapshotsNeeded == [3])
    }
}
