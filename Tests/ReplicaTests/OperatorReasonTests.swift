import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// What an operator is told when something does not work.
@Suite struct OperatorReasonTests {
    private func reports(_ effects: [Effect]) -> [String] {
        effects.compactMap { if case .report(let report) = $0 { report.message } else { nil } }
    }

    /// The others go on sending to where it was: nothing there tells why.
    @Test(arguments: [true, false])
    func aNodeThatWasMovedSaysThatTheOthersDoNotKnow(isExplicit: Bool) throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        try simulation.put("key", "value", at: leader)
        simulation.run(forMilliseconds: 500)
        let node = simulation.nodes[followers[0]]
        let (identity, cluster) = (try simulation.replica(node.place).identity, simulation.committed.clusterID)
        simulation.kill(node.place)
        let formation = Formation(
            identity: identity, address: "elsewhere:7000", isAddressExplicit: isExplicit, peers: [])
        let settings = simulation.settings.replica
        let start = try ReplicaStart.recover(
            identity: identity, formation: formation, cluster: cluster, image: node.disk, settings: settings.log)
        let moved = Replica(start, settings: settings, boot: 99, seed: 1, now: simulation.now)
        let cure = "raftctl join \(identity.nodeID) elsewhere:7000"
        #expect(reports(moved.flush(now: simulation.now, wallClock: 0)).contains { $0.contains(cure) } == isExplicit)
        #expect(moved.status(now: simulation.now).reason.contains(cure) == isExplicit)
        let later = simulation.now.advanced(byMilliseconds: 10)
        #expect(!reports(moved.flush(now: later, wallClock: 0)).contains { $0.contains(cure) }, "once")
    }

    @Test func messagesOfManyOtherClustersDoNotFillTheLog() throws {
        let simulation = try Simulation.formed()
        let replica = try #require(simulation.leader?.replica)
        var random = SeededRandom(seed: 1)
        func told(after milliseconds: UInt64, _ cluster: ClusterID) -> Int {
            let now = simulation.now.advanced(byMilliseconds: milliseconds)
            let header = PeerHeader(
                clusterID: cluster, sender: Identity(nodeID: "x", instance: random.nextID()),
                recipient: replica.identity.instance, term: 1)
            replica.receive(.peerRequest(PeerRequest(header: header, body: .readIndex), token: 1), now: now)
            return reports(replica.flush(now: now, wallClock: 0)).count { $0.contains("which belongs to cluster") }
        }
        let (one, other): (ClusterID, ClusterID) = (random.nextID(), random.nextID())
        #expect(told(after: 0, one) == 1)
        #expect(told(after: 10, other) == 0)
        #expect(told(after: 70_000, one) == 0, "it was told of already")
        #expect(told(after: 70_010, other) == 1)
        #expect(told(after: 70_020, one) == 0)
    }

    /// Whoever asks at a follower hears the leader's reason: the follower only knows that it has waited.
    @Test func theLeadersReasonComesFirst() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        // Nodes wait longer for what operators ask than the operators do.
        simulation.network.settings.timeoutMicroseconds = 15_000_000
        simulation.network.losesRequest = { request, _, _ in
            if case .appendEntries = request.body { true } else { false }
        }
        let name = simulation.nodes[followers[1]].nodeID
        let refusal = try simulation.refusal(of: .leave(nodeID: name), at: followers[0])
        #expect(refusal.code == .timeout, "\(refusal)")
        #expect(refusal.message.contains("whether that will be done"), "\(refusal)")
        #expect(try simulation.roles().leader == leader)
    }

    /// And when the leader keeps silent, it is named.
    @Test func aLeaderThatDoesNotAnswerIsNamed() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        simulation.network.losesRequest = { request, _, _ in
            switch request.body {
            case .appendEntries, .administer: true
            default: false
            }
        }
        let name = simulation.nodes[followers[1]].nodeID
        let refusal = try simulation.refusal(of: .leave(nodeID: name), at: followers[0])
        #expect(refusal.code == .timeout, "\(refusal)")
        #expect(refusal.message.contains("\(simulation.nodes[leader].nodeID)"), "\(refusal)")
    }
}
