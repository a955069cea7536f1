import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// Who waits for its disk is not dead: only what promises something waits with it.
@Suite struct SlowDiskTests {
    @Test func slowDisksOfAllFollowersCostNoLeader() throws {
        var settings = SimulationSettings()
        settings.network.timeoutMicroseconds = 3_000_000
        let simulation = try Simulation.formed(settings)
        let (leader, followers) = try simulation.roles()
        // Each write takes longer than an election time-out.
        for follower in followers { simulation.nodes[follower].diskMicroseconds = 700_000...700_000 }
        for number in 0..<4 { try simulation.put("key", "\(number)", at: leader) }
        #expect(simulation.elections == 1, "\(simulation.troubles)")
        try simulation.converge()
    }
}
