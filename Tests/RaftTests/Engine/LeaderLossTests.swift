import Testing

@testable import Raft

/// Reasons to act before an election time-out, and reasons not to stand at all.
@Suite struct LeaderLossTests {
    /// Follows member 2 in term 1.
    private func follower() -> Peer {
        var peer = Peer(currentTerm: 1)
        peer.append(term: 1)
        return peer
    }

    private func refuse(_ peer: inout Peer, leader: Member.Number = 2, term: Term = 1) -> Ready {
        peer.step(.leaderRefused(leader: EngineNode.identity(leader).instance, term: term))
    }

    @Test func aRefusedPortBeginsATrialWithinMilliseconds() {
        var peer = follower()
        let ready = refuse(&peer)
        #expect(ready.deadline <= Instant.zero.advanced(byMilliseconds: 30))
        peer.wait(30)
        #expect(peer.step(.tick).voteRequests.map(\.vote.isPreVote) == [true, true])
    }

    @Test func whoWasRefusedRefusesNobodyItsVote() {
        var peer = follower()
        #expect(peer.requestVote(by: 3, term: 2, isPreVote: true) == false)
        _ = refuse(&peer)
        #expect(peer.requestVote(by: 3, term: 2, isPreVote: true) == true)
        #expect(peer.requestVote(by: 3, term: 2) == true)
    }

    @Test func theLeadersNextMessageMakesItVoid() {
        var peer = follower()
        _ = refuse(&peer)
        #expect(peer.ask(.heartbeat(Heartbeat(leaderCommit: 0, round: 1)), by: 2, term: 1) != nil)
        #expect(peer.requestVote(by: 3, term: 2, isPreVote: true) == false)
        peer.wait(299)
        #expect(peer.step(.tick).voteRequests.isEmpty)
        #expect(peer.raft.leader == EngineNode.identity(2))
    }

    @Test func newsOfAnotherLeaderOrTermIsNone() {
        var peer = follower()
        for (leader, term) in [(3, 1), (2, 2), (2, 0)] as [(Member.Number, Term)] {
            _ = refuse(&peer, leader: leader, term: term)
            #expect(peer.raft.leader == EngineNode.identity(2))
            #expect(peer.requestVote(by: 3, term: 2, isPreVote: true) == false)
        }
        var leader = Peer()
        leader.becomeLeader()
        leader.step(.leaderRefused(leader: leader.raft.identity.instance, term: leader.raft.currentTerm))
        #expect(leader.raft.isLeader)
    }

    @Test func aTrialThatFailsIsRepeatedSoonButNotForEver() {
        var peer = follower()
        _ = refuse(&peer)
        var trials = 0
        var waits: [UInt64] = []
        for _ in 1...30 {
            let deadline = peer.step(.tick).deadline
            waits.append(deadline.milliseconds(since: peer.now))
            peer.now = max(peer.now, deadline)
            if !peer.step(.tick).voteRequests.isEmpty { trials += 1 }
            for number in [2, 3] as [Member.Number] {
                peer.answer(.requestVote(RequestVoteResponse(isPreVote: true, isGranted: false)), by: number, term: 1)
            }
        }
        #expect(trials > 3)
        #expect(waits.prefix(4).allSatisfy { $0 <= 120 }, "\(waits)")
        #expect(waits.suffix(5).allSatisfy { $0 >= 299 }, "\(waits)")
    }

    @Test func aLearnerDoesNotStandForItEither() {
        var peer = Peer(
            currentTerm: 1,
            members: [EngineCluster.member(1, isLearner: true), EngineCluster.member(2), EngineCluster.member(3)])
        peer.append(term: 1)
        _ = refuse(&peer)
        peer.wait(30)
        #expect(peer.step(.tick).voteRequests.isEmpty)
        #expect(peer.requestVote(by: 3, term: 2, isPreVote: true) == true)
    }

    // MARK: Disks

    @Test(arguments: [StorageState.full, .hung])
    func whoseDiskDoesNotDoDoesNotStand(state: StorageState) {
        var peer = Peer()
        peer.step(.storage(state))
        #expect(peer.timeOut().voteRequests.isEmpty)
        #expect(peer.requestVote(by: 2, term: 1) == true)
        peer.step(.storage(.healthy))
        #expect(!peer.timeOut().voteRequests.isEmpty)

        var candidate = Peer()
        candidate.becomeCandidate()
        candidate.step(.storage(state))
        candidate.grant(by: 2)
        #expect(!candidate.raft.isLeader)
    }

    @Test(arguments: [StorageState.full, .hung])
    func whoIsAloneLeadsWhateverItsDisk(state: StorageState) {
        var peer = Peer(size: 1)
        peer.step(.storage(state))
        peer.timeOut()
        #expect(peer.raft.isLeader)
        peer.step(.storage(.hung))
        #expect(peer.raft.isLeader)
    }

    @Test func aLeaderWhoseDiskHangsHandsOver() {
        var peer = Peer()
        peer.becomeLeader()
        peer.step(.storage(.full))
        #expect(peer.raft.isLeader)
        let ready = peer.step(.storage(.hung))
        #expect(!peer.raft.isLeader)
        #expect(ready.requests.count { $0.request.body == .timeoutNow } == 1)
    }

    @Test func aFullFollowerAppendsNothingAndSaysSo() {
        var peer = Peer(terms: [1, 1], currentTerm: 1)
        peer.step(.storage(.full))
        let last = LogPosition(index: 2, term: 1)
        #expect(peer.append([Peer.entry(3, 1)], after: last, commit: 3, term: 1) == .noSpace)
        #expect(peer.raft.log.lastIndex == 2)
        #expect(peer.raft.commitIndex == 2)
        // What it holds already, and what is no entry, is answered as ever.
        #expect(
            peer.append([Peer.entry(2, 1)], after: LogPosition(index: 1, term: 1), term: 1) == .matched(matchIndex: 2))
        // Nothing is truncated either.
        #expect(peer.append([Peer.entry(3, 2)], after: last, term: 2) == .noSpace)
        let beat = peer.ask(.heartbeat(Heartbeat(leaderCommit: 2, round: 1)), by: 2, term: 2)
        #expect(beat?.body == .heartbeat(HeartbeatResponse(round: 1, isAccepted: true, hasSpace: false)))
        peer.step(.storage(.healthy))
        #expect(peer.append([Peer.entry(3, 2)], after: last, term: 2) == .matched(matchIndex: 3))
    }

    @Test func aFullFollowerIsSentNothingUntilItHasSpace() {
        var peer = Peer()
        peer.becomeLeader()
        peer.acknowledge(1, by: 2)
        #expect(peer.answer(.appendEntries(.noSpace), by: 3, term: 1).appends.isEmpty)
        #expect(peer.step(.propose([Array("x".utf8)])).appends.map(\.to) == [2])
        func beat(hasSpace: Bool) -> Ready {
            let response = HeartbeatResponse(round: 1, isAccepted: true, hasSpace: hasSpace)
            return peer.answer(.heartbeat(response), by: 3, term: 1)
        }
        #expect(beat(hasSpace: false).appends.isEmpty)
        #expect(beat(hasSpace: true).appends.map(\.append.entries.count) == [2])
    }
}
