import Raft
import Simulation
import StateMachine
import Testing

@testable import Replica

/// Nothing that waits grows without bound, however long what it waits for stays away.
@Suite struct BoundTests {
    @Test func whatHasExpiredStandsInNoQueue() throws {
        let simulation = Simulation(SimulationSettings(), seed: 6)
        simulation.start(0)
        var asked: [ClientRequest.ID] = []
        for _ in 0..<50 {
            asked += [simulation.submit(.put("key", "value"), to: 0), simulation.submit(.get("key"), to: 0)]
            simulation.run(forMilliseconds: 100)
        }
        let replica = try #require(simulation.nodes[0].replica)
        #expect(replica.writes.queue.count == replica.writes.waiting.count)
        #expect(replica.reads.queue.count == replica.reads.waiting.count)
        simulation.run(forMilliseconds: 2000)
        #expect(asked.allSatisfy { simulation.answers[$0]?.isUnavailable == true })
        #expect(replica.writes.queue.isEmpty && replica.reads.queue.isEmpty)
    }

    /// The index that was confirmed never comes.
    @Test func confirmedReadsThatHaveExpiredAreForgotten() throws {
        let simulation = try Simulation.formed()
        let follower = try #require(simulation.nodes[try simulation.roles().followers[0]].replica)
        simulation.submit(.get("key"), to: try simulation.roles().followers[0])
        let isAsked = { follower.reads.asked != nil }
        try #require(simulation.run(withinMilliseconds: 100, until: isAsked), "\(simulation.troubles)")
        let round = try #require(follower.reads.asked).round
        let leader = try #require(follower.raft.leader)
        follower.receiveReadIndex(.index(1_000_000), round: round, from: leader, now: simulation.now)
        #expect(follower.reads.confirmed.count == 1)
        simulation.run(forMilliseconds: 2000)
        #expect(follower.reads.confirmed.isEmpty)
    }

    /// Its followers commit without it.
    @Test func aLeaderWhoseDiskHangsTakesOnlySoMuch() throws {
        var settings = SimulationSettings()
        settings.replica.maxPendingBytes = 100_000
        let simulation = try Simulation.formed(settings)
        let (leader, followers) = try simulation.roles()
        simulation.nodes[leader].diskMicroseconds = 3_600_000_000...3_600_000_000
        let value = String(repeating: "x", count: 1000)
        var outcomes = 0
        for number in 0..<400 {
            switch try simulation.ask(.put("key", value), at: number % 2 == 0 ? leader : followers[0]) {
            case .outcome: outcomes += 1
            case .overloaded: break
            case let other: Issue.record("\(other)")
            }
        }
        #expect((50...150).contains(outcomes))
        #expect(try #require(simulation.nodes[leader].replica).disk.weight < 2 * settings.replica.maxPendingBytes)
    }
}
