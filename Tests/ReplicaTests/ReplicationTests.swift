import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// What a cluster does when nothing or one thing fails.
@Suite struct ReplicationTests {
    @Test func oneLeaderIsElectedAndStays() throws {
        let simulation = try Simulation.formed()
        let term = simulation.leader?.replica?.raft.currentTerm
        simulation.run(forMilliseconds: 20_000)
        #expect(simulation.elections == 1, "\(simulation.troubles)")
        #expect(simulation.leader?.replica?.raft.currentTerm == term)
    }

    @Test func aWriteAtAnyNodeIsSeenByReadsAtAllNodes() throws {
        let simulation = try Simulation.formed()
        for node in 0..<3 {
            try simulation.put("key", "from \(node)", at: node)
            for reader in 0..<3 { #expect(try simulation.get("key", at: reader) == "from \(node)") }
        }
        try simulation.converge()
    }

    @Test func aGroupOfOneServes() throws {
        var settings = SimulationSettings()
        settings.nodes = 1
        let simulation = try Simulation.formed(settings)
        try simulation.put("key", "value", at: 0)
        simulation.crash(0)
        simulation.start(0)
        #expect(try simulation.get("key", at: 0) == "value")
    }

    @Test func theLeadersDeathLosesNoAcknowledgedWrite() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        for number in 0..<20 { try simulation.put("key-\(number)", "\(number)", at: number % 3) }
        simulation.crash(leader)
        for number in 0..<20 { #expect(try simulation.get("key-\(number)", at: followers[0]) == "\(number)") }
        #expect(simulation.elections == 2)
        try simulation.converge()
    }

    @Test func aSlowDiskOfOneFollowerDelaysNobody() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        simulation.nodes[followers[0]].diskMicroseconds = 400_000...400_000
        for number in 0..<50 {
            let start = simulation.now
            try simulation.put("key", "\(number)", at: leader)
            #expect(simulation.now.milliseconds(since: start) < 10)
        }
        #expect(simulation.elections == 1, "\(simulation.troubles)")
        try simulation.converge()
    }

    @Test func aFollowerThatLagsBehindMemoryIsFedFromDisk() throws {
        var settings = SimulationSettings()
        settings.replica.raft.windowBytes = 0
        settings.replica.raft.maxBytesPerAppend = 2048
        settings.replica.snapshotLogBytes = .max
        let simulation = try Simulation.formed(settings)
        let (leader, followers) = try simulation.roles()
        let readsBefore = simulation.logReads
        simulation.crash(followers[0])
        let value = String(repeating: "v", count: 300)
        for number in 0..<200 { try simulation.put("key-\(number)", value, at: leader) }
        simulation.start(followers[0])
        try simulation.converge()
        // What it lacks fills more than four segments, and one read never crosses from one to the next.
        #expect(simulation.logReads >= readsBefore + 4)
        #expect(try simulation.get("key-0", at: followers[0]) == value)
    }

    @Test func aForwardWhoseAnswersAreLostIsAppliedOnce() throws {
        let simulation = try Simulation.formed()
        let (_, followers) = try simulation.roles()
        var lost = 0
        simulation.network.settings.timeoutMicroseconds = 100_000
        simulation.network.losesAnswer = { response, _, _ in
            guard case .propose = response.body, lost < 5 else { return false }
            lost += 1
            return true
        }
        // Carried out twice, the second would be refused.
        let answer = try simulation.ask(.put("key", "value", .absent), at: followers[0])
        guard case .outcome(.put(_, created: true)) = answer else {
            Issue.record("answered \(answer)")
            return
        }
        #expect(lost == 5)
        #expect(try simulation.get("key", at: followers[1]) == "value")
    }

    /// "Overloaded" says that the write did not happen; of one whose answer was lost nobody can say so.
    @Test func aFullLeaderDoesNotDenyAWriteThatItMayHold() throws {
        var settings = SimulationSettings()
        settings.replica.maxPendingBytes = 1000
        let simulation = try Simulation.formed(settings)
        let (leader, followers) = try simulation.roles()
        simulation.network.settings.timeoutMicroseconds = 100_000
        simulation.network.losesAnswer = { response, _, _ in
            if case .propose(let answer) = response.body, case .applied? = answer.results.first { true } else { false }
        }
        let write = simulation.submit(.put("key", "value", .absent), to: followers[0])
        simulation.run(forMilliseconds: 50)
        for node in followers { simulation.nodes[node].diskMicroseconds = 300_000...300_000 }
        simulation.submit(.put("other", String(repeating: "v", count: 2000)), to: leader)
        simulation.run(forMilliseconds: 250)
        #expect(simulation.answers[write] == nil, "\(String(describing: simulation.answers[write]))")
        simulation.network.losesAnswer = nil
        for node in followers { simulation.nodes[node].diskMicroseconds = nil }
        try #require(
            simulation.run(withinMilliseconds: 3000) { simulation.answers[write] != nil }, "\(simulation.troubles)")
        guard case .outcome(.put(_, created: true)) = simulation.answers[write] else {
            Issue.record("answered \(String(describing: simulation.answers[write]))")
            return
        }
    }
}
