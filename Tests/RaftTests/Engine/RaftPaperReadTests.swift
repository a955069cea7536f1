import Raft
import Testing

/// Sentences of the thesis on reads without log writes, and on leaders that nobody hears (6.2, 6.4), each a test.
@Suite struct RaftPaperReadTests {
    private func settledLeader() -> Peer {
        var peer = Peer()
        peer.becomeLeader()
        for member in [2, 3] as [Member.Number] { peer.acknowledge(1, by: member) }
        return peer
    }

    private func answerRound(_ round: UInt64, by number: Member.Number, _ peer: inout Peer, term: Term? = nil) -> Ready
    {
        let response = HeartbeatResponse(round: round, isAccepted: true)
        return peer.answer(.heartbeat(response), by: number, term: term ?? peer.raft.currentTerm)
    }

    @Test("If the leader has not yet marked an entry from its current term committed, it waits until it has done so")
    func waitsForCommit() {
        var peer = Peer(terms: [1, 1])
        peer.becomeLeader()
        #expect(peer.step(.read(id: 7)).heartbeats.isEmpty)
        // The round of its election is answered: too early to mean anything.
        #expect(answerRound(1, by: 2, &peer).reads.isEmpty)
        let round = peer.acknowledge(3, by: 2).heartbeats.first?.heartbeat.round
        #expect(round == 2)
        let reads = answerRound(2, by: 2, &peer).reads
        #expect(reads.map(\.id) == [7])
        #expect(reads.map(\.index) == [3])
    }

    @Test(
        "The leader issues a new round of heartbeats and waits for their acknowledgments from a majority of the cluster"
    )
    func needsMajority() {
        var peer = Peer(size: 5)
        peer.becomeLeader(by: [2, 3])
        for member in [2, 3] as [Member.Number] { peer.acknowledge(1, by: member) }
        let round = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        #expect(answerRound(round, by: 2, &peer).reads.isEmpty)
        #expect(answerRound(round, by: 2, &peer).reads.isEmpty)
        #expect(answerRound(round, by: 3, &peer).reads.map(\.id) == [1])
    }

    @Test("A round that left before the read arrived confirms nothing for it")
    func olderRound() {
        var peer = settledLeader()
        peer.wait(100)
        let beat = peer.step(.tick).heartbeats.first?.heartbeat.round ?? 0
        let round = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        #expect(round > beat)
        #expect(answerRound(beat, by: 2, &peer).reads.isEmpty)
        #expect(answerRound(round, by: 2, &peer).reads.map(\.id) == [1])
    }

    @Test("A read that arrives while a round is under way waits for the next")
    func nextRound() {
        var peer = settledLeader()
        let first = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        #expect(peer.step(.read(id: 2)).heartbeats.isEmpty)
        let ready = answerRound(first, by: 2, &peer)
        #expect(ready.reads.map(\.id) == [1])
        let second = ready.heartbeats.first?.heartbeat.round ?? 0
        #expect(answerRound(second, by: 3, &peer).reads.map(\.id) == [2])
    }

    @Test("It can amortize the cost: one round serves any number of reads")
    func oneRoundForMany() {
        var peer = settledLeader()
        for id in UInt64(1)...5 { peer.raft.step(.read(id: id), now: peer.now) }
        let ready = peer.raft.takeReady(now: peer.now)
        #expect(ready.heartbeats.count == 2)
        #expect(
            answerRound(ready.heartbeats.first?.heartbeat.round ?? 0, by: 2, &peer).reads.map(\.id) == [1, 2, 3, 4, 5])
    }

    @Test("A lost round is made good by the next heartbeat")
    func lostRound() {
        var peer = settledLeader()
        let lost = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        peer.wait(100)
        let next = peer.step(.tick).heartbeats.first?.heartbeat.round ?? 0
        #expect(next == lost + 1)
        #expect(answerRound(next, by: 2, &peer).reads.map(\.id) == [1])
    }

    @Test("An answer of another term, from a foreign instance or a learner confirms nothing")
    func foreignAnswers() {
        let members = [1, 2, 3].map { EngineCluster.member($0) } + [EngineCluster.member(4, isLearner: true)]
        var peer = Peer(terms: [1], currentTerm: 1, members: members)
        peer.becomeLeader()
        peer.acknowledge(2, by: 2)
        let round = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        #expect(answerRound(round, by: 2, &peer, term: 1).reads.isEmpty)
        #expect(answerRound(round, by: 4, &peer).reads.isEmpty)
        let accepted = PeerResponse.Body.heartbeat(HeartbeatResponse(round: round, isAccepted: true))
        let foreign = Identity(nodeID: "n3", instance: InstanceID(high: 99, low: 99))
        #expect(peer.answer(accepted, by: 3, term: peer.raft.currentTerm, as: foreign).reads.isEmpty)
        let rejected = PeerResponse.Body.heartbeat(HeartbeatResponse(round: round, isAccepted: false))
        #expect(peer.answer(rejected, by: 3, term: peer.raft.currentTerm).reads.isEmpty)
        #expect(answerRound(round, by: 2, &peer).reads.map(\.id) == [1])
    }

    @Test("The read's index is the commit index at its arrival")
    func readIndex() {
        var peer = settledLeader()
        let round = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        peer.step(.propose([Array("x".utf8)]))
        peer.acknowledge(2, by: 2)
        #expect(answerRound(round, by: 2, &peer).reads.map(\.index) == [1])
    }

    @Test("Who does not lead refuses a read, and who stops leading refuses those that wait")
    func refusesReads() {
        var follower = Peer()
        #expect(follower.step(.read(id: 3)).failedReads == [3])

        var leader = settledLeader()
        leader.step(.read(id: 4))
        let ready = leader.answer(.appendEntries(.staleTerm), by: 2, term: 8)
        #expect(ready.failedReads == [4])
        #expect(ready.reads.isEmpty)
    }

    @Test(
        "A leader steps down if an election timeout elapses without a successful round of heartbeats to a majority of its cluster"
    )
    func checkQuorum() {
        var peer = settledLeader()
        peer.step(.read(id: 4))
        for _ in 1...2 {
            peer.wait(100)
            peer.step(.tick)
            #expect(peer.raft.isLeader)
        }
        peer.wait(100)
        let ready = peer.step(.tick)
        #expect(peer.raft.role == .follower)
        #expect(peer.raft.leader == nil)
        #expect(ready.failedReads == [4])
        #expect(ready.hardState == nil)
    }

    @Test("One follower of two keeps a leader, a learner does not")
    func checkQuorumCountsVoters() {
        let members = [EngineCluster.member(1), EngineCluster.member(2), EngineCluster.member(3, isLearner: true)]
        var peer = Peer(members: members)
        var other = settledLeader()
        peer.becomeLeader()
        for round in UInt64(1)...5 {
            peer.wait(100)
            other.wait(100)
            peer.answer(.heartbeat(HeartbeatResponse(round: round, isAccepted: true)), by: 3, term: 1)
            other.answer(.heartbeat(HeartbeatResponse(round: round, isAccepted: true)), by: 3, term: 1)
            peer.step(.tick)
            other.step(.tick)
        }
        #expect(peer.raft.role != .leader)
        #expect(other.raft.role == .leader)
    }

    @Test("Upon becoming leader it sends heartbeats to all, and then again before their time-outs")
    func heartbeats() {
        var peer = Peer()
        peer.becomeCandidate()
        let ready = peer.grant(by: 3)
        #expect(ready.heartbeats.map(\.to) == [2, 3])
        #expect(ready.deadline == peer.now.advanced(byMilliseconds: 100))
    }
}
