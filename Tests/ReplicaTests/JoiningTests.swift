import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// How a node becomes a member of a cluster that exists.
@Suite struct JoiningTests {
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func twoThatJoinAtOnceAreBothTaken(seed: UInt64) throws {
        let simulation = try Simulation.founded(by: 1, of: 3, seed: seed)
        for place in 1...2 { simulation.start(place) }
        let ids = [1, 2].map { simulation.administer(.join(simulation.nodes[$0]), at: 0) }
        try #require(simulation.run(withinMilliseconds: 5000) { ids.allSatisfy { simulation.adminAnswers[$0] != nil } })
        #expect(ids.allSatisfy { simulation.adminAnswers[$0] == .done }, "\(simulation.adminAnswers)")
        try simulation.awaitVoters(["n1", "n2", "n3"])
        try simulation.converge()
        try simulation.put("key", "value", at: 2)
    }

    /// Whatever the leader had done when it died, the join is done once.
    @Test(arguments: [100, 300, 600, 900, 1200, 1500, 2000, 2500, 3000, 5000] as [UInt64])
    func aJoinSurvivesItsLeader(microseconds: UInt64) throws {
        let simulation = try Simulation.founded(by: 3, of: 4, seed: microseconds)
        let (leader, followers) = try simulation.roles()
        simulation.nodes[3].joining = JoinSettings(target: "nowhere:1", asLearner: false)
        simulation.start(3)
        simulation.run(forMilliseconds: 200)
        let id = simulation.administer(.join(simulation.nodes[3]), at: followers[0])
        simulation.run(forMicroseconds: microseconds)
        simulation.crash(leader)
        try #require(simulation.run(withinMilliseconds: 8000) { simulation.adminAnswers[id] != nil })
        #expect(simulation.adminAnswers[id] == .done, "\(simulation.troubles)")
        simulation.start(leader)
        try simulation.awaitVoters(["n1", "n2", "n3", "n4"])
        try simulation.converge()
    }

    @Test func aNodeThatIsNotLetInAsksLessAndLessOftenAndNeverElectsItself() throws {
        var settings = SimulationSettings()
        settings.nodes = 2
        settings.founders = 1
        let simulation = Simulation(settings, seed: 3)
        simulation.nodes[1].joining = JoinSettings(target: simulation.nodes[0].address, asLearner: false)
        simulation.start(1)
        simulation.run(forMilliseconds: 60_000)
        #expect(simulation.leader == nil && simulation.elections == 0)
        // The same news once.
        #expect(simulation.reports.filter { $0.contains("cannot be reached") }.count == 1, "\(simulation.reports)")
        guard case .unavailable(let reason) = try simulation.ask(.put("key", "value"), at: 1) else {
            throw Violation("a node that is no member takes writes")
        }
        #expect(reason.contains("n1:7000"), "\(reason)")
        simulation.start(0)
        try simulation.awaitVoters(["n1", "n2"])
    }

    @Test func aWipedNodeUnderAKnownNameIsRefusedWithTheCure() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let node = simulation.nodes[followers[0]]
        simulation.kill(node.place)
        simulation.wipe(node.place)
        node.joining = JoinSettings(target: simulation.nodes[followers[1]].address, asLearner: false)
        simulation.start(node.place)
        simulation.run(forMilliseconds: 3000)
        let reports = simulation.reports.filter { $0.contains("raftctl leave \(node.nodeID)") }
        #expect(reports.count == 1, "\(simulation.reports)")
        let answer = try simulation.refusal(of: .join(node), at: leader)
        #expect(answer.code == .conflict && answer.message.contains("raftctl leave"), "\(answer)")
        try simulation.change(.leave(nodeID: node.nodeID), at: leader)
        try simulation.awaitVoters(["n1", "n2", "n3"])
        try simulation.converge()
    }

    @Test func whoeverIsSomebodyElseIsNotTaken() throws {
        let simulation = try Simulation.founded(by: 3, of: 4)
        simulation.nodes[3].joining = JoinSettings(target: "nowhere:1", asLearner: false)
        simulation.start(3)
        let misnamed = AdminRequest.join(nodeID: "n9", address: "n4:7000", asLearner: false)
        let wrongName = try simulation.refusal(of: misnamed, at: 1)
        #expect(wrongName.code == .conflict && wrongName.message.contains("is called n4, not n9"), "\(wrongName)")
        let silent = try simulation.refusal(of: .join(nodeID: "n5", address: "n5:7000", asLearner: false), at: 1)
        #expect(silent.code == .unavailable && silent.message.contains("n5:7000"), "\(silent)")
        let empty = try simulation.refusal(of: .join(nodeID: "", address: "n4:7000", asLearner: false), at: 1)
        #expect(empty.code == .invalid)
    }

    @Test func aNodeOfAnotherClusterIsNotTaken() throws {
        let simulation = try Simulation.formed()
        let replica = try #require(simulation.leader?.replica)
        let request = AdminRequest.join(nodeID: "n4", address: "n4:7000", asLearner: false)
        replica.receive(.administer(request, id: 7), now: simulation.now)
        let dials = replica.flush(now: simulation.now, wallClock: 0).compactMap { effect -> SendContext? in
            if case .send(_, to: "n4:7000", .control, let context) = effect { context } else { nil }
        }
        var random = SeededRandom(seed: 1)
        let header = PeerHeader(
            clusterID: random.nextID(), sender: Identity(nodeID: "n4", instance: random.nextID()),
            recipient: replica.identity.instance, term: 1)
        let foreign = PeerResponse(header: header, body: .refused(.otherCluster))
        replica.receive(.peerResponse(foreign, try #require(dials.first)), now: simulation.now)
        let answers = replica.flush(now: simulation.now, wallClock: 0).compactMap { effect -> AdminRefusal? in
            if case .administered(.refused(let refusal), to: 7) = effect { refusal } else { nil }
        }
        #expect(answers.map(\.code) == [.conflict])
        #expect(answers[0].message.contains("belongs to another cluster"), "\(answers)")
        #expect(dials.count == 1)
    }

    @Test func aMemberThatJoinsAgainChangesNothing() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let index = try simulation.replica(leader).raft.configurationIndex
        try simulation.change(.join(simulation.nodes[followers[0]]), at: followers[1])
        try simulation.change(.join(simulation.nodes[leader]), at: followers[1])
        simulation.crash(followers[0])
        try simulation.change(.join(simulation.nodes[followers[0]]), at: followers[1])
        #expect(try simulation.replica(leader).raft.configurationIndex == index)
    }

    @Test func aMemberThatMovesIsReachedAtItsNewAddress() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let node = simulation.nodes[followers[0]]
        simulation.kill(node.place)
        node.address = "elsewhere:7000"
        simulation.start(node.place)
        try simulation.change(.join(node), at: leader)
        simulation.run(forMilliseconds: 500)
        try simulation.put("key", "value", at: node.place)
        let taken = AdminRequest.join(nodeID: node.nodeID, address: simulation.nodes[leader].address, asLearner: false)
        #expect(try simulation.refusal(of: taken, at: leader).code == .conflict)
        #expect(simulation.committed.member(named: node.nodeID)?.address == "elsewhere:7000")
    }

    @Test func aLearnerStaysOneUntilItIsToBeAVoter() throws {
        let simulation = try Simulation.founded(by: 3, of: 4)
        simulation.nodes[3].joining = JoinSettings(target: "n1:7000", asLearner: true)
        simulation.start(3)
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.committed.members.count == 4 })
        simulation.run(forMilliseconds: 5000)
        let learner = try #require(simulation.committed.member(named: "n4"))
        #expect(learner.isLearner && !learner.isToBePromoted)
        let status = try simulation.replica(3).status(now: simulation.now)
        #expect(status.isLearner && status.faultTolerance == 1)
        try simulation.put("key", "value", at: 3)
        #expect(try simulation.get("key", at: 3) == "value")
        try simulation.change(.join(simulation.nodes[3]), at: 1)
        try simulation.awaitVoters(["n1", "n2", "n3", "n4"])
    }

    @Test func aLaterLeaderPromotesTheLearner() throws {
        let simulation = try Simulation.founded(by: 3, of: 4, seed: 5)
        let (leader, _) = try simulation.roles()
        simulation.nodes[3].joining = JoinSettings(target: simulation.nodes[leader].address, asLearner: false)
        simulation.start(3)
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.committed.members.count == 4 })
        // It cannot catch up before its leader is gone.
        simulation.network.isolate(3)
        #expect(try #require(simulation.committed.member(named: "n4")).isToBePromoted)
        simulation.crash(leader)
        try #require(
            simulation.run(withinMilliseconds: 5000) { simulation.leader?.replica?.raft.hasCommittedInTerm == true })
        #expect(simulation.committed.voters.count == 3)
        simulation.network.heal()
        try simulation.awaitVoters(["n1", "n2", "n3", "n4"])
    }

    @Test func membersAnnounceWhereTheirClientsFindThem() throws {
        var settings = SimulationSettings()
        settings.nodes = 4
        settings.founders = 3
        settings.announces = true
        settings.replica.comparisonIntervalMilliseconds = 3_600_000
        let simulation = try Simulation.formed(settings)
        let addresses = { (place: Int) in
            simulation.nodes[place].replica?.status(now: simulation.now).clientAddresses.map(\.address) ?? []
        }
        let all = ["n1:8000", "n2:8000", "n3:8000"]
        try #require(simulation.run(withinMilliseconds: 3000) { (0..<3).allSatisfy { addresses($0) == all } })
        simulation.nodes[3].joining = JoinSettings(target: "n2:7000", asLearner: false)
        simulation.start(3)
        try #require(
            simulation.run(withinMilliseconds: 5000) { (0..<4).allSatisfy { addresses($0) == all + ["n4:8000"] } })
        try simulation.change(.leave(nodeID: "n4"), at: 0)
        #expect(addresses(try simulation.roles().leader) == all)
        // What is said is said once.
        simulation.run(forMilliseconds: 500)
        let index = try simulation.replica(0).raft.log.lastIndex
        simulation.run(forMilliseconds: 10_000)
        #expect(try simulation.replica(0).raft.log.lastIndex == index)
    }
}
