import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// Leadership that moves because somebody wants it to, or because the leader's process is gone.
@Suite struct TransferTests {
    /// Writes and reads that come meanwhile wait for the next leader; none is refused.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func leadershipMovesAndNobodyIsRefused(seed: UInt64) throws {
        let simulation = try Simulation.formed(seed: seed)
        let (leader, followers) = try simulation.roles()
        try simulation.put("key", "value", at: leader)
        let start = simulation.now
        let transfer = simulation.administer(.transfer(to: simulation.nodes[followers[0]].nodeID), at: followers[1])
        var requests: [ClientRequest.ID] = []
        for step in 0..<60 {
            requests.append(simulation.submit(.put("key-\(step)", "value"), to: step % 3))
            requests.append(simulation.submit(.get("key"), to: step % 3))
            simulation.run(forMicroseconds: 100)
        }
        let isDone = {
            simulation.adminAnswers[transfer] != nil && requests.allSatisfy { simulation.answers[$0] != nil }
        }
        try #require(simulation.run(withinMilliseconds: 3000, until: isDone), "\(simulation.troubles)")
        #expect(simulation.adminAnswers[transfer] == .done)
        #expect(try simulation.roles().leader == followers[0])
        for request in requests {
            let answer = try #require(simulation.answers[request])
            #expect(answer.isValue || answer.isPut, "\(answer); \(simulation.troubles)")
        }
        #expect(simulation.now.milliseconds(since: start) < 250)
    }

    @Test func whoCannotLeadDoesNot() throws {
        let simulation = try Simulation.founded(by: 3, of: 4)
        simulation.nodes[3].joining = JoinSettings(target: "n1:7000", asLearner: true)
        simulation.start(3)
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.committed.members.count == 4 })
        let (leader, others) = try simulation.roles()
        #expect(try simulation.refusal(of: .transfer(to: "n9"), at: 0).message.contains("no member n9"))
        let learner = try simulation.refusal(of: .transfer(to: "n4"), at: 0)
        #expect(learner.code == .conflict && learner.message.contains("learner"), "\(learner)")
        simulation.network.isolate(others[0])
        simulation.run(forMilliseconds: 1000)
        let silent = try simulation.refusal(of: .transfer(to: simulation.nodes[others[0]].nodeID), at: leader)
        #expect(silent.code == .unavailable, "\(silent)")
        try simulation.change(.transfer(to: simulation.nodes[leader].nodeID), at: leader)
        #expect(try simulation.roles().leader == leader)
        try simulation.put("key", "value", at: leader)
    }

    /// The target dies in the middle: the leader goes on, and says so.
    @Test func aTransferThatFailsIsGivenUp() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        simulation.network.losesRequest = { request, _, _ in request.body == .timeoutNow }
        let refusal = try simulation.refusal(of: .transfer(to: simulation.nodes[followers[0]].nodeID), at: leader)
        #expect(refusal.code == .unavailable && refusal.message.contains("did not take over"), "\(refusal)")
        #expect(try simulation.roles().leader == leader)
        try simulation.put("key", "value", at: followers[0])
    }

    @Test(arguments: [2, 3, 5], 1...5 as ClosedRange<UInt64>)
    func aLeaderThatStopsHandsOver(nodes: Int, seed: UInt64) throws {
        var settings = SimulationSettings()
        settings.nodes = nodes
        let simulation = try Simulation.formed(settings, seed: seed)
        let (leader, followers) = try simulation.roles()
        let requests = followers.map { simulation.submit(.put("n\($0)", "value"), to: $0) }
        simulation.stop(leader)
        let wait = try simulation.milliseconds { simulation.leader.map { followers.contains($0.place) } ?? false }
        #expect(wait < 100, "\(simulation.troubles)")
        let isOver = { !simulation.nodes[leader].isRunning && requests.allSatisfy { simulation.answers[$0] != nil } }
        // Two nodes are no majority without the one that stops.
        if nodes == 2 {
            try #require(simulation.run(withinMilliseconds: 3000) { !simulation.nodes[leader].isRunning })
        } else {
            try #require(simulation.run(withinMilliseconds: 3000, until: isOver), "\(simulation.troubles)")
            #expect(requests.allSatisfy { simulation.answers[$0]?.isPut == true }, "\(simulation.troubles)")
        }
        try simulation.converge()
    }

    @Test func aLeaderThatNobodyHearsStopsAllTheSame() throws {
        let simulation = try Simulation.formed()
        let (leader, _) = try simulation.roles()
        simulation.network.isolate(leader)
        simulation.stop(leader)
        let wait = try simulation.milliseconds { !simulation.nodes[leader].isRunning }
        #expect(wait <= 1100, "\(simulation.troubles)")
    }

    @Test func aGroupOfOneStopsAtOnce() throws {
        var settings = SimulationSettings()
        settings.nodes = 1
        let simulation = try Simulation.formed(settings)
        simulation.stop(0)
        #expect(try simulation.milliseconds { !simulation.nodes[0].isRunning } < 50)
    }

    // MARK: Leaders that die

    /// A refused port tells that the leader's process is gone: nobody waits for an election time-out.
    @Test func aKilledLeaderIsReplacedAtOnce() throws {
        var waits: [UInt64] = []
        for seed in 1...30 as ClosedRange<UInt64> {
            let simulation = try Simulation.formed(seed: seed)
            let (leader, followers) = try simulation.roles()
            simulation.kill(leader)
            let start = simulation.now
            try simulation.put("key", "value", at: followers[0])
            waits.append(simulation.now.milliseconds(since: start))
        }
        waits.sort()
        // The shortest election time-out is 300 ms.
        #expect(waits[15] < 60 && waits[29] < 300, "\(waits)")
    }

    /// A leader that is only cut off is silent: that takes an election time-out.
    @Test func silenceProvesNothing() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let term = try simulation.replica(leader).raft.currentTerm
        let instance = try simulation.replica(leader).identity.instance
        for place in followers {
            try simulation.replica(place).receive(.connectionClosed(instance), now: simulation.now)
        }
        simulation.run(forMilliseconds: 2000)
        #expect(try simulation.replica(leader).raft.currentTerm == term && simulation.elections == 1)
        simulation.network.isolate(leader)
        for place in followers {
            try simulation.replica(place).receive(.connectionClosed(instance), now: simulation.now)
        }
        let wait = try simulation.milliseconds { simulation.leader.map { followers.contains($0.place) } ?? false }
        #expect(wait >= 200, "\(simulation.troubles)")
    }
}

extension Answer {
    var isPut: Bool { if case .outcome(.put) = self { true } else { false } }
}
