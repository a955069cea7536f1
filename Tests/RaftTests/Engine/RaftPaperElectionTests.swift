import Raft
import Testing

/// Sentences of the thesis on terms and elections (3.3, 3.4, 3.6.1, 4.2.3, 9.6), each a test.
@Suite struct RaftPaperElectionTests {
    // MARK: Terms (3.3)

    @Test(
        "If one server's current term is smaller than the other's, then it updates its current term to the larger value"
    )
    func updatesToLargerTerm() {
        var peer = Peer(currentTerm: 2)
        let answer = peer.append(term: 5)
        #expect(answer == .matched(matchIndex: 0))
        #expect(peer.raft.hardState == HardState(currentTerm: 5, votedFor: nil))
    }

    @Test("If a candidate or leader discovers that its term is out of date, it immediately reverts to follower state")
    func revertsToFollower() {
        var candidate = Peer()
        candidate.becomeCandidate()
        candidate.answer(.requestVote(RequestVoteResponse(isPreVote: false, isGranted: false)), by: 2, term: 9)
        #expect(candidate.raft.role == .follower)
        #expect(candidate.raft.currentTerm == 9)

        var leader = Peer()
        leader.becomeLeader()
        leader.answer(.appendEntries(.staleTerm), by: 3, term: 9)
        #expect(leader.raft.role == .follower)
        #expect(leader.raft.hardState == HardState(currentTerm: 9, votedFor: nil))
    }

    @Test("If a server receives a request with a stale term number, it rejects the request")
    func rejectsStaleTerm() {
        var peer = Peer(currentTerm: 5)
        #expect(peer.append([Peer.entry(1, 4)], term: 4) == .staleTerm)
        #expect(peer.requestVote(by: 2, term: 4) == false)
        let beat = peer.ask(.heartbeat(Heartbeat(leaderCommit: 0, round: 3)), by: 2, term: 4)
        #expect(beat?.body == .heartbeat(HeartbeatResponse(round: 3, isAccepted: false)))
        #expect(beat?.header.term == 5)
        #expect(peer.raft.log.lastIndex == 0)
        #expect(peer.raft.leader == nil)
    }

    // MARK: Elections (3.4)

    @Test("When servers start up, they begin as followers")
    func beginsAsFollower() {
        #expect(Peer().raft.role == .follower)
        #expect(Peer(terms: [1, 1], votedFor: EngineNode.identity(1)).raft.role == .follower)
    }

    @Test("A server remains in follower state as long as it receives valid RPCs from a leader")
    func remainsFollower() {
        var peer = Peer(currentTerm: 1)
        for round in 1...UInt64(20) {
            peer.wait(200)
            #expect(peer.step(.tick).requests.isEmpty)
            #expect(peer.ask(.heartbeat(Heartbeat(leaderCommit: 0, round: round)), by: 2, term: 1) != nil)
        }
        #expect(peer.raft.role == .follower)
        #expect(peer.raft.leader == EngineNode.identity(2))
    }

    @Test("To begin an election, a follower increments its current term and votes for itself")
    func votesForItself() {
        var peer = Peer(currentTerm: 4)
        peer.timeOut()
        let ready = peer.answer(.requestVote(RequestVoteResponse(isPreVote: true, isGranted: true)), by: 3, term: 4)
        #expect(ready.hardState == HardState(currentTerm: 5, votedFor: EngineNode.identity(1)))
        #expect(ready.voteRequests.map(\.to) == [2, 3])
        #expect(ready.voteRequests.allSatisfy { $0.term == 5 && !$0.vote.isPreVote })
    }

    @Test("A candidate wins an election if it receives votes from a majority of the servers in the full cluster")
    func winsByMajority() {
        var peer = Peer(size: 5)
        peer.becomeCandidate(preVotes: [2, 3])
        peer.grant(by: 2)
        #expect(peer.raft.role == .candidate)
        peer.grant(by: 3)
        #expect(peer.raft.role == .leader)
    }

    @Test("Each server will vote for at most one candidate in a given term, on a first-come-first-served basis")
    func votesOnce() {
        var peer = Peer()
        #expect(peer.requestVote(by: 2, term: 1) == true)
        #expect(peer.requestVote(by: 3, term: 1) == false)
        // Asked again by the same one it repeats itself: the answer may have been lost.
        #expect(peer.requestVote(by: 2, term: 1) == true)
        #expect(peer.requestVote(by: 3, term: 2) == true)
    }

    @Test("A candidate that is refused puts no election off: only a vote that is granted does")
    func refusalKeepsDeadline() {
        var peer = Peer(terms: [1, 2], currentTerm: 2)
        let deadline = peer.step(.tick).deadline
        for term in 3...Term(8) {
            peer.wait(10)
            #expect(peer.requestVote(by: 2, term: term, last: LogPosition(index: 9, term: 1)) == false)
            #expect(peer.step(.tick).deadline == deadline)
        }
        #expect(peer.requestVote(by: 2, term: 9, last: LogPosition(index: 2, term: 2)) == true)
        #expect(peer.step(.tick).deadline > deadline)
    }

    @Test("A vote is remembered across a restart")
    func votesOnceAcrossRestart() {
        var peer = Peer(currentTerm: 1, votedFor: EngineNode.identity(2))
        #expect(peer.requestVote(by: 3, term: 1) == false)
        #expect(peer.requestVote(by: 2, term: 1) == true)
    }

    @Test("A vote is for an instance: the same name on another disk is somebody else")
    func votesForInstance() {
        var peer = Peer(currentTerm: 1, votedFor: EngineNode.identity(2))
        let wiped = Identity(nodeID: "n2", instance: InstanceID(high: 99, low: 99))
        let answer = peer.ask(.requestVote(RequestVote(lastLog: .zero, isPreVote: false)), by: wiped, term: 1)
        #expect(answer?.body == .requestVote(RequestVoteResponse(isPreVote: false, isGranted: false)))
    }

    @Test("If the leader's term is at least as large as the candidate's, the candidate returns to follower state")
    func candidateYields() {
        var peer = Peer()
        peer.becomeCandidate()
        #expect(peer.append(by: 3, term: peer.raft.currentTerm) == .matched(matchIndex: 0))
        #expect(peer.raft.role == .follower)
        #expect(peer.raft.leader == EngineNode.identity(3))
    }

    @Test("If the term in the RPC is smaller, the candidate rejects the RPC and continues in candidate state")
    func candidateRejects() {
        var peer = Peer(currentTerm: 3)
        peer.becomeCandidate()
        #expect(peer.append(by: 3, term: 3) == .staleTerm)
        #expect(peer.raft.role == .candidate)
    }

    @Test("Election timeouts are chosen randomly from a fixed interval")
    func randomTimeouts() {
        var settings = RaftSettings()
        (settings.electionTimeoutMinMilliseconds, settings.electionTimeoutMaxMilliseconds) = (150, 300)
        let deadlines = (1...UInt64(50)).map { seed in
            var raft = Raft(
                identity: EngineNode.identity(1), settings: settings, hardState: .initial, log: RaftLog(),
                configurations: [
                    (0, Configuration(clusterID: .none, members: [EngineCluster.member(1), EngineCluster.member(2)]))
                ],
                commitIndex: 0, seed: seed, now: .zero)
            return raft.takeReady(now: .zero).deadline.milliseconds(since: .zero)
        }
        #expect(deadlines.allSatisfy { (150...300).contains($0) })
        #expect(Set(deadlines).count > 20)
    }

    // MARK: Who counts

    @Test("Each instance's vote counts once")
    func countsOnce() {
        var peer = Peer(size: 5)
        peer.becomeCandidate(preVotes: [2, 3])
        // Member 3's address reaches the process of member 2, and answers come twice.
        peer.grant(by: 2)
        peer.grant(by: 2)
        peer.grant(by: 3, as: EngineNode.identity(2))
        peer.grant(by: 4, as: EngineNode.identity(1))
        #expect(peer.raft.role == .candidate)
    }

    @Test("An unbound member's and a foreign instance's votes count for nothing")
    func foreignVotes() {
        let members = [EngineCluster.member(1), EngineCluster.member(2), EngineCluster.member(3, isBound: false)]
        var peer = Peer(members: members)
        peer.becomeCandidate(preVotes: [2])
        peer.grant(by: 3)
        peer.grant(by: 2, as: Identity(nodeID: "n2", instance: InstanceID(high: 99, low: 99)))
        #expect(peer.raft.role == .candidate)
        peer.grant(by: 2)
        #expect(peer.raft.role == .leader)
    }

    @Test("A learner's vote is not counted, and a learner does not stand")
    func learnerVotes() {
        let members = [EngineCluster.member(1), EngineCluster.member(2), EngineCluster.member(3, isLearner: true)]
        var peer = Peer(members: members)
        peer.becomeCandidate(preVotes: [2])
        peer.grant(by: 3)
        #expect(peer.raft.role == .candidate)

        var learner = Peer(members: members, identity: EngineNode.identity(3))
        #expect(learner.timeOut().requests.isEmpty)
        #expect(learner.raft.role == .follower)
        #expect(learner.requestVote(by: 2, term: 1) == true)
    }

    @Test("A vote of another term counts for nothing")
    func lateVotes() {
        var peer = Peer()
        peer.becomeCandidate()
        peer.becomeCandidate()
        #expect(peer.raft.currentTerm == 2)
        peer.answer(.requestVote(RequestVoteResponse(isPreVote: false, isGranted: true)), by: 2, term: 1)
        #expect(peer.raft.role == .candidate)
    }

    // MARK: Restriction (3.6.1)

    @Test(
        "The voter denies its vote if its own log is more up-to-date than that of the candidate",
        arguments: [
            (LogPosition(index: 3, term: 2), true), (LogPosition(index: 4, term: 2), true),
            (LogPosition(index: 1, term: 3), true),
            (LogPosition(index: 2, term: 2), false), (LogPosition(index: 9, term: 1), false), (LogPosition.zero, false),
        ])
    func deniesShorterLog(candidate: LogPosition, isGranted: Bool) {
        var peer = Peer(terms: [1, 1, 2])
        #expect(peer.requestVote(by: 2, term: 5, last: candidate, isPreVote: true) == isGranted)
        #expect(peer.requestVote(by: 2, term: 5, last: candidate) == isGranted)
    }

    // MARK: Disruptions (4.2.3, 9.6)

    @Test(
        "If a server receives a RequestVote within the minimum election timeout of hearing from a leader, it does not update its term or grant its vote"
    )
    func hearsLeader() {
        var peer = Peer(currentTerm: 1)
        #expect(peer.append(term: 1) != nil)
        peer.wait(299)
        #expect(peer.requestVote(by: 3, term: 7) == false)
        #expect(peer.requestVote(by: 3, term: 7, isPreVote: true) == false)
        #expect(peer.raft.currentTerm == 1)
        peer.wait(1)
        #expect(peer.requestVote(by: 3, term: 7, isPreVote: true) == true)
        #expect(peer.requestVote(by: 3, term: 7) == true)
    }

    @Test("A leader that hears a majority refuses, too")
    func leaderRefuses() {
        var peer = Peer()
        peer.becomeLeader()
        #expect(peer.requestVote(by: 3, term: 7, last: LogPosition(index: 9, term: 6)) == false)
        #expect(peer.raft.isLeader)
    }

    @Test("An election the leader asked for is not refused")
    func transferIsNotRefused() {
        var peer = Peer(currentTerm: 1)
        #expect(peer.append(term: 1) != nil)
        let request = RequestVote(lastLog: .zero, isPreVote: false, isTransfer: true)
        let answer = peer.ask(.requestVote(request), by: 3, term: 2)
        #expect(answer?.body == .requestVote(RequestVoteResponse(isPreVote: false, isGranted: true)))
    }

    @Test("In the Pre-Vote phase a candidate does not increment its term, nor does who answers it")
    func preVoteRaisesNoTerm() {
        var peer = Peer(currentTerm: 4)
        for _ in 1...5 {
            let ready = peer.timeOut()
            #expect(ready.hardState == nil)
            #expect(ready.voteRequests.allSatisfy { $0.vote.isPreVote && $0.term == 5 })
            #expect(ready.voteRequests.map(\.to) == [2, 3])
        }
        #expect(peer.raft.hardState == HardState(currentTerm: 4, votedFor: nil))

        var voter = Peer(currentTerm: 4)
        #expect(voter.requestVote(by: 2, term: 9, isPreVote: true) == true)
        // A trial binds nobody.
        #expect(voter.requestVote(by: 3, term: 9, isPreVote: true) == true)
        #expect(voter.raft.hardState == HardState(currentTerm: 4, votedFor: nil))
    }

    @Test("A candidate only increments its term if it first learns from a majority that they would vote for it")
    func preVoteMajority() {
        var peer = Peer(size: 5)
        peer.timeOut()
        let granted = PeerResponse.Body.requestVote(RequestVoteResponse(isPreVote: true, isGranted: true))
        peer.answer(granted, by: 2, term: 0)
        peer.answer(granted, by: 2, term: 0)
        #expect(peer.raft.role == .preCandidate)
        peer.answer(granted, by: 3, term: 0)
        #expect(peer.raft.role == .candidate)
        // Late grants of the trial are no votes.
        peer.answer(granted, by: 4, term: 0)
        peer.answer(granted, by: 5, term: 1)
        #expect(peer.raft.role == .candidate)
    }

    @Test("A server alone in its cluster leads as soon as its own vote is durable")
    func alone() {
        var peer = Peer(size: 1)
        peer.isDiskFast = false
        #expect(peer.step(.tick).entries.isEmpty)
        #expect(peer.raft.role == .candidate)
        peer.isDiskFast = true
        let ready = peer.step(.hardStatePersisted)
        #expect(peer.raft.role == .leader)
        #expect(ready.committed.map(\.index) == [1])
    }

    @Test("However slow the disk, a server alone stands once")
    func aloneWithASlowDisk() {
        var peer = Peer(size: 1)
        peer.isDiskFast = false
        peer.step(.tick)
        for _ in 0..<3 { #expect(peer.timeOut().hardState == nil) }
        peer.step(.hardStatePersisted)
        #expect(peer.raft.role == .leader)
        #expect(peer.raft.currentTerm == 1)
    }

    @Test("That something older is durable decides nothing")
    func aloneWithSomethingOlderDurable() {
        var peer = Peer(size: 1)
        peer.isDiskFast = false
        peer.raft.step(.tick, now: peer.now)
        #expect(peer.step(.hardStatePersisted).hardState?.currentTerm == 1)
        #expect(peer.raft.role == .candidate)
    }
}
