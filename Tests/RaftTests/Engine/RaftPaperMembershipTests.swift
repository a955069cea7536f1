import Testing

@testable import Raft

/// Sentences of the thesis on changes of the members (4.1 to 4.2.2), each a test.
@Suite struct RaftPaperMembershipTests {
    /// Leader of term 1 of members 1 through `size`, the founding entry being committed.
    private func settledLeader(size: Int = 3) -> Peer {
        var peer = Peer(size: size)
        let others = size == 1 ? [] : (2...size).map(Member.Number.init)
        if others.isEmpty { peer.timeOut() } else { peer.becomeLeader(by: others) }
        for other in others { peer.acknowledge(1, by: other) }
        return peer
    }

    private func add(_ number: Member.Number, asLearner: Bool = false, _ peer: inout Peer) throws -> Ready {
        let identity = EngineNode.identity(number)
        let next = try peer.raft.configuration.adding(
            nodeID: identity.nodeID, address: "\(identity.nodeID):1", instance: identity.instance, asLearner: asLearner)
        return peer.step(.reconfigure(try #require(next)))
    }

    @discardableResult
    private func remove(_ number: Member.Number, _ peer: inout Peer) throws -> Ready {
        peer.step(.reconfigure(try peer.raft.configuration.removing(nodeID: "n\(number)")))
    }

    @discardableResult
    private func beat(_ number: Member.Number, _ peer: inout Peer, round: UInt64? = nil) -> Ready {
        let response = HeartbeatResponse(round: round ?? peer.raft.readRounds.current, isAccepted: true)
        return peer.answer(.heartbeat(response), by: number, term: peer.raft.currentTerm)
    }

    // MARK: One change at a time (4.1)

    @Test("The new configuration takes effect on each server as soon as it is added to that server's log")
    func takesEffectAtOnce() throws {
        var peer = settledLeader()
        let ready = try remove(3, &peer)
        #expect(peer.raft.configuration.members.map(\.number) == [1, 2])
        #expect(peer.raft.configurationIndex == 2)
        #expect(peer.raft.committedConfiguration.index == 1)
        #expect(ready.committed.isEmpty)
        // Two of two now, member 3's answer counts no more.
        #expect(peer.acknowledge(2, by: 3).committed.isEmpty)
        #expect(peer.acknowledge(2, by: 2).committed.map(\.index) == [2])
    }

    @Test("A leader may not begin another change before the last one is committed")
    func oneAtATime() throws {
        var peer = settledLeader()
        #expect(peer.raft.canReconfigure)
        try remove(3, &peer)
        #expect(!peer.raft.canReconfigure)
        peer.acknowledge(2, by: 2)
        #expect(peer.raft.canReconfigure)
    }

    @Test("A leader must not append a new configuration until it has committed an entry from its current term")
    func notBeforeCommitInTerm() {
        var peer = Peer(terms: [1, 1])
        peer.becomeLeader()
        #expect(peer.raft.configurationIndex == 0)
        #expect(!peer.raft.canReconfigure)
        peer.acknowledge(2, by: 2)
        #expect(!peer.raft.canReconfigure)
        peer.acknowledge(3, by: 2)
        #expect(peer.raft.canReconfigure)
    }

    @Test("Who follows changes nothing, nor a leader whose inherited change is not committed")
    func inheritedChange() {
        #expect(!Peer(terms: [1]).raft.canReconfigure)
        var peer = Peer(currentTerm: 1)
        let wider = Configuration(clusterID: Peer.clusterID, members: (1...4).map { EngineCluster.member($0) })
        let entry = LogEntry(term: 1, index: 1, kind: .configuration, payload: ConfigurationCodec.encode(wider))
        #expect(peer.append([entry], term: 1) == .matched(matchIndex: 1))
        peer.wait(300)
        peer.becomeLeader(by: [2, 3])
        // It counts by the configuration that it inherited: three of four.
        peer.acknowledge(2, by: 2)
        #expect(peer.raft.commitIndex == 0)
        #expect(!peer.raft.canReconfigure)
        peer.acknowledge(2, by: 3)
        #expect(peer.raft.commitIndex == 2)
        #expect(peer.raft.canReconfigure)
    }

    @Test("When a change is truncated, the configuration before it is in force again")
    func goesBack() throws {
        var peer = settledLeader()
        try remove(3, &peer)
        #expect(peer.append([Peer.entry(2, 2)], after: LogPosition(index: 1, term: 1), term: 2) != nil)
        #expect(peer.raft.configuration.members.map(\.number) == [1, 2, 3])
        #expect(!peer.raft.isRemoved)
    }

    // MARK: Catching up (4.2.1)

    @Test("A new server joins as a non-voting member: the leader replicates entries to it, but it is not counted")
    func joinsAsLearner() throws {
        var peer = settledLeader()
        let ready = try add(4, &peer)
        #expect(ready.appends.map(\.to) == [2, 3, 4])
        #expect(peer.acknowledge(2, by: 4).committed.isEmpty)
        #expect(peer.raft.configuration.quorum == 2)
        peer.acknowledge(2, by: 2)
        #expect(peer.raft.commitIndex == 2)
    }

    @Test("The leader begins at the end of its log, and goes back as far as the new server says")
    func newServerIsEmpty() throws {
        var peer = settledLeader()
        let ready = try add(4, &peer)
        #expect(ready.appends.last?.append.previous == LogPosition(index: 1, term: 1))
        let next = peer.answer(.appendEntries(.conflict(rejected: 1, hint: .zero)), by: 4, term: 1)
        #expect(next.appends.map(\.append.previous) == [.zero])
    }

    @Test("If the last round lasts less than an election timeout, the leader adds the new server as a voter")
    func promotes() throws {
        var peer = settledLeader()
        _ = try add(4, &peer)
        peer.acknowledge(2, by: 2)
        peer.wait(100)
        peer.acknowledge(2, by: 4)
        let ready = peer.step(.tick)
        #expect(ready.entries.map(\.kind) == [.configuration])
        #expect(peer.raft.configuration[4]?.isLearner == false)
        #expect(peer.raft.configuration[4]?.isToBePromoted == false)
    }

    @Test("A learner that needs too long for a round, is silent, full, or is to stay one, is not promoted")
    func doesNotPromote() throws {
        var slow = settledLeader()
        _ = try add(4, &slow)
        slow.acknowledge(2, by: 2)
        slow.wait(299)
        for number in [2, 3] as [Member.Number] { beat(number, &slow) }
        slow.step(.propose([Array("x".utf8)]))
        slow.wait(1)
        slow.acknowledge(2, by: 4)
        #expect(slow.step(.tick).entries.isEmpty)
        // Its next round is quick.
        slow.wait(100)
        slow.acknowledge(3, by: 4)
        #expect(slow.step(.tick).entries.map(\.kind) == [.configuration])

        var silent = settledLeader()
        _ = try add(4, &silent)
        silent.acknowledge(2, by: 4)
        for _ in 1...3 {
            silent.wait(100)
            beat(2, &silent)
            #expect(silent.step(.tick).entries.isEmpty)
        }
        silent.acknowledge(2, by: 2)
        silent.wait(100)
        #expect(silent.step(.tick).entries.isEmpty)

        var full = settledLeader()
        _ = try add(4, &full)
        full.acknowledge(2, by: 4)
        full.acknowledge(2, by: 2)
        full.answer(
            .heartbeat(HeartbeatResponse(round: 1, isAccepted: true, hasSpace: false)), by: 4, term: 1)
        full.wait(100)
        #expect(full.step(.tick).entries.isEmpty)

        var learner = settledLeader()
        _ = try add(4, asLearner: true, &learner)
        learner.acknowledge(2, by: 4)
        learner.acknowledge(2, by: 2)
        learner.wait(100)
        #expect(learner.step(.tick).entries.isEmpty)
    }

    @Test("A round that has begun well and then hangs promotes nobody")
    func hangingRound() throws {
        var peer = settledLeader()
        _ = try add(4, &peer)
        peer.acknowledge(2, by: 4)
        peer.step(.propose([Array("x".utf8)]))
        peer.acknowledge(3, by: 2)
        // The learner's next round aims at index 2 or 3, which it holds or gets not.
        for _ in 1...2 {
            peer.wait(100)
            peer.answer(.heartbeat(HeartbeatResponse(round: 1, isAccepted: true)), by: 2, term: 1)
        }
        #expect(peer.raft.progress.last?.catchUp.isDone(limitMilliseconds: 300, now: peer.now) == true)
        peer.wait(100)
        #expect(peer.raft.progress.last?.catchUp.isDone(limitMilliseconds: 300, now: peer.now) == false)
    }

    // MARK: Removing (4.2.2)

    @Test("A leader that is removed does not count itself, and steps down once the entry is committed")
    func leaderRemovesItself() throws {
        var peer = settledLeader()
        try remove(1, &peer)
        #expect(peer.raft.isLeader)
        #expect(peer.acknowledge(2, by: 2).committed.isEmpty)
        // It goes on as a leader, and its heartbeats count the others only.
        peer.wait(100)
        #expect(peer.step(.tick).heartbeats.map(\.to) == [2, 3])
        let ready = peer.acknowledge(2, by: 3)
        #expect(ready.committed.map(\.index) == [2])
        #expect(peer.raft.role == .follower)
        #expect(peer.raft.isRemoved)
        #expect(ready.requests.filter { $0.request.body == .timeoutNow }.map(\.to).count == 1)
        #expect(peer.timeOut().requests.isEmpty)
    }

    @Test("A removed leader asks the voter whose log is longest")
    func bestVoter() throws {
        var peer = settledLeader(size: 4)
        try remove(1, &peer)
        peer.step(.propose([Array("x".utf8)]))
        peer.acknowledge(3, by: 3)
        let ready = peer.acknowledge(2, by: 2)
        #expect(ready.requests.filter { $0.request.body == .timeoutNow }.map(\.to) == [3])
    }

    @Test("A read is confirmed by the members in force, not by who has left")
    func readsCountMembersInForce() throws {
        var peer = settledLeader()
        try remove(3, &peer)
        let round = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        #expect(beat(3, &peer, round: round).reads.isEmpty)
        #expect(beat(2, &peer, round: round).reads.map(\.id) == [1])
    }

    @Test("Who has left does not keep a leader in office, and deposes none")
    func departedCountForNothing() throws {
        var peer = settledLeader()
        try remove(3, &peer)
        peer.answer(.heartbeat(HeartbeatResponse(round: 1, isAccepted: false)), by: 3, term: 9)
        #expect(peer.raft.isLeader)
        #expect(peer.raft.currentTerm == 1)
        for _ in 1...3 {
            peer.wait(100)
            beat(3, &peer)
            peer.step(.tick)
        }
        #expect(!peer.raft.isLeader)
    }

    @Test("Who has left is fed until it knows that, or for a minute")
    func feeds() throws {
        var peer = settledLeader()
        let ready = try remove(3, &peer)
        #expect(ready.appends.map(\.to) == [2, 3])
        #expect(peer.raft.member(3)?.address == "n3:1")
        // A round that left before it holds its committed removal tells it nothing of that.
        peer.wait(100)
        peer.step(.tick)
        beat(3, &peer)
        #expect(peer.raft.member(3) != nil)
        peer.acknowledge(2, by: 2)
        peer.acknowledge(2, by: 3)
        beat(3, &peer)
        #expect(peer.raft.member(3) != nil)
        peer.wait(100)
        let beats = peer.step(.tick).heartbeats
        #expect(beats.map(\.to) == [2, 3])
        #expect(beats.last?.heartbeat.leaderCommit == 2)
        beat(3, &peer)
        #expect(peer.raft.member(3) == nil)
        peer.wait(100)
        beat(2, &peer)
        #expect(peer.step(.tick).heartbeats.map(\.to) == [2])

        var silent = settledLeader()
        try remove(3, &silent)
        silent.acknowledge(2, by: 2)
        for _ in 1..<600 {
            silent.wait(100)
            beat(2, &silent)
            silent.step(.tick)
        }
        #expect(silent.raft.member(3) != nil)
        silent.wait(100)
        beat(2, &silent)
        silent.step(.tick)
        #expect(silent.raft.member(3) == nil)
    }

    @Test("A new leader feeds whom the last change removed")
    func newLeaderFeeds() throws {
        var peer = settledLeader()
        try remove(3, &peer)
        peer.acknowledge(2, by: 2)
        peer.append(after: LogPosition(index: 2, term: 1), commit: 2, term: 2)
        peer.wait(300)
        peer.becomeLeader()
        #expect(peer.raft.progress.map(\.number) == [2, 3])
        #expect(peer.raft.member(3) != nil)
    }

    @Test("Who joins again is a new member, and is fed as such")
    func rejoins() throws {
        var peer = settledLeader()
        try remove(3, &peer)
        peer.acknowledge(2, by: 2)
        _ = try add(3, &peer)
        #expect(peer.raft.configuration.members.map(\.number) == [1, 2, 4])
        #expect(peer.raft.progress.map(\.number) == [2, 4])
        #expect(peer.raft.progress.last?.farewell == nil)
    }

    @Test("A server that is not sure of its removal still stands, not counting itself; one that is does not")
    func uncertainRemoval() throws {
        var peer = settledLeader()
        try remove(1, &peer)
        peer.append(after: LogPosition(index: 2, term: 1), commit: 1, term: 2)
        peer.becomeCandidate(preVotes: [2])
        #expect(peer.raft.role == .preCandidate)
        peer.becomeCandidate(preVotes: [2, 3])
        #expect(peer.raft.role == .candidate)
        peer.grant(by: 2)
        #expect(peer.raft.role == .candidate)
        peer.grant(by: 3)
        #expect(peer.raft.isLeader)

        var sure = settledLeader()
        try remove(1, &sure)
        sure.append(after: LogPosition(index: 2, term: 1), commit: 2, term: 2)
        #expect(sure.raft.isRemoved)
        #expect(sure.timeOut().voteRequests.isEmpty)
    }

    @Test("A vote of who has left is not counted")
    func departedVotes() throws {
        var peer = settledLeader(size: 4)
        try remove(4, &peer)
        peer.append(after: LogPosition(index: 2, term: 1), commit: 2, term: 2)
        peer.becomeCandidate(preVotes: [4, 2])
        #expect(peer.raft.role == .candidate)
        peer.grant(by: 4)
        #expect(peer.raft.role == .candidate)
        peer.grant(by: 3)
        #expect(peer.raft.isLeader)
    }
}
