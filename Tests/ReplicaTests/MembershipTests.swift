import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// Members that come and go.
@Suite struct MembershipTests {
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func aClusterGrowsFromOneToFiveAndShrinksAgainUnderLoad(seed: UInt64) throws {
        let simulation = try Simulation.founded(by: 1, of: 5, seed: seed)
        let writer = Writer(simulation)
        for place in 1...2 { simulation.start(place) }
        try simulation.awaitVoters(["n1", "n2", "n3"])
        for place in 3...4 { simulation.start(place) }
        try simulation.awaitVoters(["n1", "n2", "n3", "n4", "n5"])
        for name in ["n5", "n2"] {
            try simulation.change(.leave(nodeID: name), at: 2)
            simulation.run(forMilliseconds: 300)
        }
        // Whoever leads now leaves, until one is left.
        for _ in 0..<2 {
            let leader = try simulation.roles().leader
            let other = try #require(simulation.members.first { $0.place != leader }).place
            try simulation.change(.leave(nodeID: simulation.nodes[leader].nodeID), at: other)
            try #require(
                simulation.run(withinMilliseconds: 2000) { simulation.leader.map { $0.place != leader } ?? false })
            simulation.run(forMilliseconds: 300)
        }
        writer.stop()
        let last = try simulation.roles().leader
        #expect(simulation.committed.members.map(\.nodeID) == [simulation.nodes[last].nodeID])
        let refusal = try simulation.refusal(of: .leave(nodeID: simulation.nodes[last].nodeID), at: last)
        #expect(refusal.code == .conflict && refusal.message.contains("only voter"), "\(refusal)")
        #expect(writer.acknowledged > 300)
        #expect(writer.longestGap < 1000, "\(simulation.troubles)")
        try writer.check(at: last)
        #expect(simulation.violation == nil)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func aLeaderThatRemovesItselfHandsOver(seed: UInt64) throws {
        let simulation = try Simulation.formed(seed: seed)
        let (leader, followers) = try simulation.roles()
        let name = simulation.nodes[leader].nodeID
        try simulation.change(.leave(nodeID: name), at: leader)
        // Nobody has to wait for an election time-out.
        let wait = try simulation.milliseconds { simulation.leader.map { followers.contains($0.place) } ?? false }
        #expect(wait < 100, "\(simulation.troubles)")
        try simulation.put("key", "value", at: followers[0])
        let status = try simulation.replica(leader).status(now: simulation.now)
        #expect(status.isRemoved && !status.isReady && status.role == .follower)
        guard case .unavailable(let reason) = try simulation.ask(.put("key", "other"), at: leader) else {
            throw Violation("a removed node takes writes")
        }
        #expect(reason.contains("\(name) was taken out") && reason.contains("--join"), "\(reason)")
        // It is quiet now.
        let term = try simulation.replica(followers[0]).raft.currentTerm
        simulation.run(forMilliseconds: 10_000)
        #expect(try simulation.replica(followers[0]).raft.currentTerm == term)
    }

    @Test func aLeaveThatLeavesNoMajorityIsRefused() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        simulation.crash(followers[0])
        simulation.run(forMilliseconds: 600)
        let down = simulation.nodes[followers[0]].nodeID
        let up = simulation.nodes[followers[1]].nodeID
        let refusal = try simulation.refusal(of: .leave(nodeID: up), at: followers[1])
        #expect(refusal.code == .conflict && refusal.message.contains("\(down) cannot be reached"), "\(refusal)")
        try simulation.change(.leave(nodeID: down), at: followers[1])
        try simulation.change(.leave(nodeID: up), at: followers[1])
        #expect(simulation.committed.members.map(\.nodeID) == [simulation.nodes[leader].nodeID])
        try simulation.put("key", "value", at: leader)
    }

    /// Right after an election nobody knows yet who is there.
    @Test func aNewLeaderTakesNobodyForReachableWhomItHasNotHeard() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        try simulation.change(.transfer(to: simulation.nodes[followers[0]].nodeID), at: leader)
        simulation.crash(leader)
        let isLed = { simulation.nodes[followers[0]].replica?.raft.canReconfigure == true }
        try #require(simulation.run(withinMilliseconds: 3000, until: isLed), "\(simulation.troubles)")
        let name = simulation.nodes[followers[1]].nodeID
        simulation.run(forMilliseconds: 600)
        #expect(try simulation.refusal(of: .leave(nodeID: name), at: followers[0]).code == .conflict)
    }

    @Test func whoIsNoMemberCannotLeave() throws {
        let simulation = try Simulation.formed()
        let refusal = try simulation.refusal(of: .leave(nodeID: "n9"), at: 1)
        #expect(refusal.code == .unavailable && refusal.message.contains("no member n9"), "\(refusal)")
    }

    @Test func aMemberWhoseNameNobodyKnowsLeavesByItsAddress() throws {
        var settings = SimulationSettings()
        settings.namesPeers = false
        let simulation = Simulation(settings, seed: 7)
        simulation.start(0)
        simulation.start(1)
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.leader != nil }, "\(simulation.troubles)")
        try simulation.change(.leave(nodeID: "n3:7000"), at: 0)
        #expect(simulation.committed.members.map(\.name) == ["n1", "n2"])
    }

    @Test func withoutALeaderAChangeIsRefusedSoon() throws {
        let simulation = try Simulation.formed()
        simulation.crash(1)
        simulation.crash(2)
        simulation.run(forMilliseconds: 2000)
        let start = simulation.now
        let refusal = try simulation.refusal(of: .leave(nodeID: "n2"), at: 0)
        #expect(refusal.code == .unavailable && refusal.message.contains("n2"), "\(refusal)")
        #expect(simulation.now.milliseconds(since: start) < 2000)
    }

    @Test(arguments: [100, 300, 600, 1000, 1500, 2000, 3000, 5000] as [UInt64])
    func aLeaveSurvivesItsLeader(microseconds: UInt64) throws {
        var settings = SimulationSettings()
        settings.nodes = 5
        let simulation = try Simulation.formed(settings, seed: microseconds)
        let (leader, followers) = try simulation.roles()
        let id = simulation.administer(.leave(nodeID: simulation.nodes[followers[0]].nodeID), at: followers[1])
        simulation.run(forMicroseconds: microseconds)
        simulation.crash(leader)
        try #require(simulation.run(withinMilliseconds: 8000) { simulation.adminAnswers[id] != nil })
        #expect(simulation.adminAnswers[id] == .done, "\(simulation.troubles)")
        try simulation.converge()
        #expect(simulation.committed.members.count == 4)
    }

    /// A removed node that hears nothing for a while asks for votes; when it is back it learns that it has left, and nobody is disturbed.
    @Test func aRemovedNodeDisturbsNobody() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        simulation.network.isolate(followers[0])
        simulation.run(forMilliseconds: 2000)
        try simulation.change(.leave(nodeID: simulation.nodes[followers[0]].nodeID), at: leader)
        simulation.run(forMilliseconds: 5000)
        let term = try simulation.replica(leader).raft.currentTerm
        let elections = simulation.elections
        simulation.network.heal()
        simulation.run(forMilliseconds: 5000)
        #expect(try simulation.replica(followers[0]).raft.isRemoved, "\(simulation.troubles)")
        #expect(try simulation.roles().leader == leader)
        #expect(try simulation.replica(leader).raft.currentTerm == term && simulation.elections == elections)
    }

    @Test func aRemovedNodeDoesNotAddItselfAgain() throws {
        var settings = SimulationSettings()
        // It hears that its removal is committed before it seals its log, and so knows it after the restart.
        settings.replica.raft.heartbeatIntervalMilliseconds = 20
        let simulation = try Simulation.formed(settings)
        let (leader, followers) = try simulation.roles()
        try simulation.change(.leave(nodeID: simulation.nodes[followers[0]].nodeID), at: leader)
        try #require(
            simulation.run(withinMilliseconds: 2000) { simulation.nodes[followers[0]].replica?.raft.isRemoved == true })
        simulation.run(forMilliseconds: 500)
        simulation.kill(followers[0])
        simulation.nodes[followers[0]].joining = JoinSettings(
            target: simulation.nodes[leader].address, asLearner: false)
        simulation.start(followers[0])
        #expect(try simulation.replica(followers[0]).raft.isRemoved)
        simulation.run(forMilliseconds: 10_000)
        #expect(simulation.committed.members.count == 2)
        // With an empty directory it may come back.
        simulation.kill(followers[0])
        simulation.wipe(followers[0])
        simulation.start(followers[0])
        try simulation.awaitVoters(["n1", "n2", "n3"])
        try simulation.converge()
    }
}
