import Raft
import Replica
import Simulation
import StateMachine
import Testing

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
        #expect(message.contains("/raft/leave") && message.contains("--join"))
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
        #expect(replica.status(now: simulation.now).isReady == (running == 3))
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
