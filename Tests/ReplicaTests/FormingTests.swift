import Raft
import Simulation
import StateMachine
import Testing

@testable import Replica

/// How a cluster comes to be, and who is let in.
@Suite struct FormingTests {
    @Test func twoOfThreeFormAndTheThirdIsBoundWhenItComes() throws {
        let simulation = Simulation(SimulationSettings(), seed: 3)
        simulation.start(0)
        simulation.start(2)
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.leader != nil }, "\(simulation.troubles)")
        try simulation.put("key", "value", at: 0)
        simulation.start(1)
        try simulation.converge()
        #expect(try simulation.get("key", at: 1) == "value")
        let members = try #require(simulation.nodes[0].replica).raft.configuration.members
        #expect(members.allSatisfy { $0.instance != nil })
        // It counts: the other two do not both have to run.
        simulation.crash(0)
        try simulation.put("key", "again", at: 1)
    }

    @Test func oneOfThreeFormsNothing() throws {
        let simulation = Simulation(SimulationSettings(), seed: 4)
        simulation.start(0)
        #expect(try simulation.ask(.put("key", "value"), at: 0).isUnavailable)
        #expect(simulation.leader == nil)
    }

    @Test func namelessPeersFormACluster() throws {
        var settings = SimulationSettings()
        settings.namesPeers = false
        let simulation = try Simulation.formed(settings, seed: 5)
        try simulation.put("key", "value", at: 2)
        try simulation.converge()
        let members = try #require(simulation.leader?.replica).raft.configuration.members
        #expect(members.map(\.nodeID) == ["n1", "n2", "n3"])
    }

    @Test func aWipedNodeDoesNotVoteAndStopsWithTheCure() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        try simulation.put("key", "value", at: leader)
        simulation.toleratesStops = true
        simulation.crash(leader)
        simulation.crash(followers[0])
        simulation.wipe(followers[0])
        simulation.start(followers[0])
        simulation.run(forMilliseconds: 10_000)
        // One that remembers and one that has forgotten are no majority.
        #expect(simulation.leader == nil, "\(simulation.troubles)")
        #expect(simulation.elections == 1)
        let message = try #require(simulation.nodes[followers[0]].stopMessage)
        #expect(message.contains("raftctl leave") && message.contains("--join"))
        #expect(simulation.violation == nil)
    }

    /// The founding entry may be on disk although nothing there says that it is committed.
    @Test(arguments: [1, 3])
    func aNodeThatStartsAgainWithTheFoundingEntryAloneIsNotKeptBusy(running: Int) throws {
        let simulation = try Simulation.formed()
        // `FORMAT` names the cluster by now.
        simulation.run(forMilliseconds: 20)
        for place in 0..<3 { simulation.crash(place) }
        for place in 0..<running { simulation.start(place) }
        simulation.run(forMilliseconds: 5000)
        let replica = try #require(simulation.nodes[0].replica)
        #expect(replica.flush(now: simulation.now, wallClock: 0).isEmpty)
        #expect(replica.deadline > simulation.now, "\(simulation.troubles)")
        #expect(replica.raft.isFormed)
        #expect(replica.status(now: simulation.now).isReady == (running == 3))
    }

    /// A node that comes late may hear of the commitment before its own disk has the entry (with one seed in ten it does).
    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func aCrashLeavesNoNamedClusterWithoutALog(seed: UInt64) throws {
        let simulation = Simulation(SimulationSettings(), seed: seed)
        simulation.start(0)
        simulation.start(2)
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.leader != nil }, "\(simulation.troubles)")
        try simulation.put("key", "value", at: 0)
        simulation.nodes[1].diskMicroseconds = 50...5000
        simulation.start(1)
        let isNamed = { simulation.nodes[1].clusterInFormat != .none }
        try #require(simulation.run(withinMilliseconds: 5000, until: isNamed), "\(simulation.troubles)")
        #expect(try #require(simulation.nodes[1].replica).raft.persistedIndex > 0)
        simulation.crash(1)
        simulation.start(1)
        try simulation.converge()
    }

    /// It was asked while the log was empty. Meanwhile the node has followed, and may even have been taken out.
    @Test func aLateAnswerOfAClusterDoesNotStopANodeThatFollows() throws {
        let simulation = Simulation(SimulationSettings(), seed: 6)
        simulation.startAll()
        var late: SimulatedNode?
        try #require(
            simulation.run(withinMilliseconds: 5000) {
                late = simulation.nodes.first {
                    guard let replica = $0.replica else { return false }
                    return replica.raft.log.lastIndex > 0 && replica.formation != nil && !replica.raft.isLeader
                }
                return late != nil
            })
        let node = try #require(late)
        let replica = try #require(node.replica)
        let other = try #require(simulation.nodes.first { $0.place != node.place }?.replica)
        let answer = HelloResponse(
            address: "n9:7000", isAddressExplicit: true, peers: [], standing: .formed(.stranger))
        let header = PeerHeader(
            clusterID: replica.raft.clusterID, sender: other.identity, recipient: replica.identity.instance, term: 1)
        replica.receive(
            .peerResponse(PeerResponse(header: header, body: .hello(answer)), .hello(peer: 0)), now: simulation.now)
        simulation.run(forMilliseconds: 100)
        #expect(node.stopMessage == nil)
        try simulation.converge()
    }

    @Test func aMessageThatClaimsToComeFromItsRecipientIsRefused() throws {
        let simulation = try Simulation.formed()
        let replica = try #require(simulation.leader?.replica)
        let header = replica.raft.header(for: replica.identity.instance)
        let heartbeat = PeerRequest(header: header, body: .heartbeat(Heartbeat(leaderCommit: 0, round: 1)))
        replica.receive(.peerRequest(heartbeat, token: 77), now: simulation.now)
        let replies = replica.flush(now: simulation.now, wallClock: 0).compactMap { effect -> PeerResponse.Body? in
            if case .reply(let response, token: 77) = effect { response.body } else { nil }
        }
        #expect(replies == [.refused(.otherInstance)])
    }
}

extension SimulatedNode {
    /// What `FORMAT` says.
    fileprivate var clusterInFormat: ClusterID {
        do {
            guard let size = try disk.size(of: FormatFile.path) else { return .none }
            return try FormatFile.decode(try disk.read(FormatFile.path, offset: 0, count: Int(size))).clusterID
        } catch {
            return .none
        }
    }
}
