import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// What an operator is told when something does not work.
@Suite struct OperatorReasonTests {
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
