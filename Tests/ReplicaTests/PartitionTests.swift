import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// What a node does that cannot reach a majority, or comes back to one.
@Suite struct PartitionTests {
    @Test func aWriteThatNoMajorityConfirmsHasAnUnknownOutcome() throws {
        let simulation = try Simulation.formed()
        let (leader, _) = try simulation.roles()
        simulation.network.isolate(leader)
        let start = simulation.now
        let answer = try simulation.ask(.put("key", "value"), at: leader)
        #expect(answer.isOutcomeUnknown, "\(answer)")
        #expect(simulation.now.milliseconds(since: start) <= simulation.settings.replica.requestTimeoutMilliseconds + 5)
    }

    @Test func whatASilentLeaderHasNotAnsweredGoesToTheNextOne() throws {
        let simulation = try Simulation.formed()
        let (silent, followers) = try simulation.roles()
        simulation.network.isolate(silent)
        // Its connections notice nothing before the clients' time is up.
        simulation.network.settings.timeoutMicroseconds = 10_000_000
        // More than may be in flight at once, each in a turn of its own, at both: one of them will lead.
        let ids = (0..<20).map { number in
            simulation.run(forMilliseconds: 1)
            return simulation.submit(.put("key\(number)", "value", .absent), to: followers[number % 2])
        }
        let read = simulation.submit(.get("key0"), to: followers[0])
        let areAnswered = { ids.allSatisfy { simulation.answers[$0] != nil } && simulation.answers[read] != nil }
        try #require(simulation.run(withinMilliseconds: 3000, until: areAnswered), "\(simulation.troubles)")
        for id in ids {
            let answer = try #require(simulation.answers[id])
            guard case .outcome(.put(_, created: true)) = answer else {
                Issue.record("\(answer); \(simulation.troubles)")
                continue
            }
        }
        #expect(try #require(simulation.answers[read]).isValue)
    }

    @Test func aWriteWithoutALeaderIsUnavailable() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        simulation.crash(leader)
        simulation.crash(followers[0])
        simulation.run(forMilliseconds: 1000)
        let answer = try simulation.ask(.put("key", "value"), at: followers[1])
        #expect(answer.isUnavailable, "\(answer)")
        // Unavailable is a promise: it did not happen.
        try simulation.converge()
        #expect(try simulation.get("key", at: followers[1]) == nil)
    }

    @Test func aStaleLeaderAnswersNoLinearizableRead() throws {
        let simulation = try Simulation.formed()
        let (stale, followers) = try simulation.roles()
        try simulation.put("key", "old", at: stale)
        simulation.network.isolate(stale)
        let early = simulation.submit(.get("key"), to: stale)
        let leads = { simulation.leader.map { $0.place != stale } ?? false }
        try #require(simulation.run(withinMilliseconds: 3000, until: leads), "\(simulation.troubles)")
        try simulation.put("key", "new", at: followers[0])
        #expect(try simulation.ask(.get("key"), at: stale).isUnavailable)
        #expect(try #require(simulation.answers[early]).isUnavailable)
        // What it has applied may be read by whoever asks for no more.
        guard case .value(let found) = try simulation.ask(.get("key", .stale), at: stale) else { return }
        #expect(found?.value == Array("old".utf8))
    }

    @Test func aLeaderThatHearsNoMajorityStepsDown() throws {
        let simulation = try Simulation.formed()
        let (leader, _) = try simulation.roles()
        simulation.network.isolate(leader)
        #expect(simulation.run(withinMilliseconds: 1000) { !simulation.nodes[leader].isLeader })
    }

    @Test func aNodeThatComesBackRaisesNoTerm() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let term = simulation.nodes[leader].replica?.raft.currentTerm
        simulation.network.isolate(followers[0])
        simulation.run(forMilliseconds: 10_000)
        try simulation.put("key", "value", at: leader)
        try simulation.converge()
        simulation.run(forMilliseconds: 2000)
        #expect(simulation.nodes[leader].isLeader)
        #expect(simulation.nodes.allSatisfy { $0.replica?.raft.currentTerm == term }, "\(simulation.troubles)")
    }
}
