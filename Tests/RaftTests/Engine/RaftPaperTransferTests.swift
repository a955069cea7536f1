import Testing

@testable import Raft

/// Sentences of the thesis on handing leadership over (3.10), and what goes with it, each a test.
@Suite struct RaftPaperTransferTests {
    private func settledLeader() -> Peer {
        var peer = Peer()
        peer.becomeLeader(by: [2, 3])
        for number in [2, 3] as [Member.Number] { peer.acknowledge(1, by: number) }
        return peer
    }

    private func told(_ ready: Ready) -> [Member.Number] {
        ready.requests.filter { $0.request.body == .timeoutNow }.map(\.to)
    }

    @Test("The leader fully updates the target's log, then sends a TimeoutNow request, once")
    func updatesThenTells() {
        var peer = settledLeader()
        peer.step(.propose([Array("x".utf8)]))
        #expect(told(peer.step(.transfer(to: 3))).isEmpty)
        #expect(peer.raft.transferTarget == 3)
        #expect(told(peer.acknowledge(2, by: 2)).isEmpty)
        #expect(told(peer.acknowledge(2, by: 3)) == [3])
        peer.wait(100)
        #expect(told(peer.step(.tick)).isEmpty)
        #expect(peer.raft.isLeader)
        // The target stands: nobody refuses it because a leader is heard, the leader least.
        let vote = RequestVote(lastLog: LogPosition(index: 2, term: 1), isPreVote: false, isTransfer: true)
        let answer = peer.ask(.requestVote(vote), by: 3, term: 2)
        #expect(answer?.body == .requestVote(RequestVoteResponse(isPreVote: false, isGranted: true)))
        #expect(!peer.raft.isLeader)
        #expect(peer.raft.transferTarget == nil)
    }

    @Test("If the transfer does not complete after about an election timeout, the leader resumes")
    func givesUp() {
        var peer = settledLeader()
        peer.step(.transfer(to: 3))
        #expect(peer.step(.tick).deadline <= Instant.zero.advanced(byMilliseconds: 700))
        for _ in 1...2 {
            peer.wait(100)
            peer.answer(.heartbeat(HeartbeatResponse(round: 1, isAccepted: true)), by: 2, term: 1)
            peer.step(.tick)
            #expect(peer.raft.transferTarget == 3)
        }
        peer.wait(100)
        peer.step(.tick)
        #expect(peer.raft.transferTarget == nil)
        #expect(peer.raft.isLeader)
    }

    @Test("It is given up at once when the target cannot be reached, is silent, has no space, or cannot lead")
    func givesUpAtOnce() {
        var unreachable = settledLeader()
        unreachable.step(.transfer(to: 3))
        unreachable.step(.unreachable(2))
        #expect(unreachable.raft.transferTarget == 3)
        unreachable.step(.unreachable(3))
        #expect(unreachable.raft.transferTarget == nil)

        var silent = settledLeader()
        silent.wait(300)
        silent.answer(.heartbeat(HeartbeatResponse(round: 1, isAccepted: true)), by: 2, term: 1)
        silent.step(.transfer(to: 3))
        #expect(silent.raft.transferTarget == nil)

        var full = settledLeader()
        full.answer(.appendEntries(.noSpace), by: 3, term: 1)
        full.step(.transfer(to: 3))
        #expect(full.raft.transferTarget == nil)

        var others = Peer(
            members: [1, 2].map { EngineCluster.member($0) } + [EngineCluster.member(3, isLearner: true)])
        others.becomeLeader()
        for target in [1, 3, 9] as [Member.Number] {
            others.step(.transfer(to: target))
            #expect(others.raft.transferTarget == nil, "\(target)")
        }
        var follower = Peer()
        follower.step(.transfer(to: 2))
        #expect(follower.raft.transferTarget == nil)
    }

    @Test("While a transfer runs no read is confirmed and no member changed; both go on when it is given up")
    func holdsReads() {
        var peer = settledLeader()
        let round = peer.step(.read(id: 1)).heartbeats.first?.heartbeat.round ?? 0
        peer.step(.transfer(to: 3))
        let answer = PeerResponse.Body.heartbeat(HeartbeatResponse(round: round, isAccepted: true))
        #expect(peer.answer(answer, by: 2, term: 1).reads.isEmpty)
        #expect(!peer.raft.canReconfigure)
        #expect(peer.step(.read(id: 2)).heartbeats.isEmpty)
        let ready = peer.step(.unreachable(3))
        #expect(ready.reads.map(\.id) == [1])
        #expect(ready.heartbeats.count == 2)
        #expect(peer.raft.canReconfigure)
    }

    @Test("TimeoutNow makes the target start an election at once, without a trial")
    func stands() {
        var peer = Peer(currentTerm: 1)
        peer.append(term: 1)
        #expect(peer.ask(.timeoutNow, by: 2, term: 1)?.body == .timeoutNow)
        #expect(peer.raft.role == .candidate)
        #expect(peer.raft.hardState == HardState(currentTerm: 2, votedFor: EngineNode.identity(1)))
    }

    @Test("The votes it asks for say that the leader wished it")
    func says() {
        var peer = Peer(currentTerm: 1)
        peer.append(term: 1)
        let header = PeerHeader(
            clusterID: Peer.clusterID, sender: EngineNode.identity(2), recipient: peer.raft.identity.instance, term: 1)
        let ready = peer.step(.request(PeerRequest(header: header, body: .timeoutNow), token: 1))
        #expect(ready.voteRequests.map(\.to) == [2, 3])
        #expect(ready.voteRequests.allSatisfy { $0.vote.isTransfer && !$0.vote.isPreVote && $0.term == 2 })
    }

    @Test("A wish of a leader that is over, or to a learner or a node with a full disk, is no reason to stand")
    func doesNotStand() {
        var late = Peer(currentTerm: 3)
        late.append(term: 3)
        #expect(late.ask(.timeoutNow, by: 2, term: 2) != nil)
        #expect(late.raft.role == .follower)

        var learner = Peer(members: [
            EngineCluster.member(1, isLearner: true), EngineCluster.member(2), EngineCluster.member(3),
        ])
        learner.append(term: 2)
        #expect(learner.ask(.timeoutNow, by: 2, term: 2) != nil)
        #expect(learner.raft.role == .follower)

        var full = Peer()
        full.append(term: 2)
        full.step(.storage(.full))
        #expect(full.ask(.timeoutNow, by: 2, term: 2) != nil)
        #expect(full.raft.role == .follower)
    }

    @Test("The wish of anybody but the leader that is followed is nobody's")
    func doesNotListenToStrangers() {
        for term in [1, 2] as [Term] {
            var peer = Peer(currentTerm: 1)
            #expect(peer.ask(.timeoutNow, by: 2, term: term) != nil, "nobody was heard in the term")
            #expect(peer.raft.role == .follower && peer.raft.currentTerm == 1)
            peer.append(by: 3, term: 1)
            #expect(peer.ask(.timeoutNow, by: 2, term: term) != nil, "another leads")
            #expect(peer.raft.role == .follower && peer.raft.currentTerm == 1)
        }
    }
}
