import Testing

@testable import Raft

/// A term has at most one leader (thesis, figure 3.2): whoever else claims to lead it was not elected. Such a message may come from
/// outside, so it changes nothing, and ends nothing.
@Suite struct SecondLeaderTests {
    private static let outsider = Identity(nodeID: "outsider", instance: InstanceID(high: 99, low: 9))

    private static let claims: [PeerRequest.Body] = [
        .heartbeat(Heartbeat(leaderCommit: 1_000, round: 1)),
        .appendEntries(
            AppendEntries(previous: .zero, entries: [Peer.entry(1, 1), Peer.entry(2, 1)], leaderCommit: 2)),
        .timeoutNow,
    ]

    @Test("A leader goes on to lead", arguments: claims)
    func leaderStays(claim: PeerRequest.Body) {
        var peer = Peer()
        peer.becomeLeader(by: [2, 3])
        let log = peer.raft.log.lastPosition
        for sender in [Self.outsider, EngineNode.identity(2)] {
            let answer = peer.ask(claim, by: sender, term: peer.raft.currentTerm)
            #expect(answer.map { !Self.isAccepted($0.body) } ?? false)
            #expect(peer.raft.isLeader)
            #expect(peer.raft.leader == peer.raft.identity)
            #expect(peer.raft.log.lastPosition == log)
        }
    }

    @Test("A follower goes on to follow whom it follows", arguments: claims)
    func followerStays(claim: PeerRequest.Body) {
        var peer = Peer()
        peer.append([Peer.entry(1, 1)], commit: 1, by: 2, term: 1)
        for sender in [Self.outsider, EngineNode.identity(3)] {
            let answer = peer.ask(claim, by: sender, term: 1)
            #expect(answer.map { !Self.isAccepted($0.body) } ?? false)
            #expect(peer.raft.role == .follower)
            #expect(peer.raft.leader == EngineNode.identity(2))
            #expect(peer.raft.currentTerm == 1)
            #expect(peer.raft.log.lastIndex == 1)
        }
    }

    @Test("A snapshot's header does not make its sender the leader either")
    func snapshotHeader() {
        var peer = Peer()
        peer.becomeLeader(by: [2, 3])
        let header = PeerHeader(
            clusterID: Peer.clusterID, sender: Self.outsider, recipient: peer.raft.identity.instance,
            term: peer.raft.currentTerm)
        peer.step(.leaderHeard(header))
        #expect(peer.raft.isLeader)
    }

    private static func isAccepted(_ answer: PeerResponse.Body) -> Bool {
        switch answer {
        case .heartbeat(let heartbeat): heartbeat.isAccepted
        case .appendEntries(let append): append != .staleTerm
        // The answer to a TimeoutNow tells nothing.
        default: false
        }
    }
}
