import Raft
import Simulation
import StateMachine
import Testing

@testable import Replica

/// What a node passes on for its clients, and gets back, always fits into a message.
@Suite struct ForwardingTests {
    private func follower(of simulation: Simulation) throws -> (place: Int, replica: Replica) {
        let place = try simulation.roles().followers[0]
        return (place, try #require(simulation.nodes[place].replica))
    }

    /// Asks for everything in one turn, and waits for the answers.
    private func askAll(_ bodies: [ClientRequest.Body], at node: Int, of simulation: Simulation) throws -> [Answer] {
        let ids = bodies.map { simulation.submit($0, to: node) }
        try #require(
            simulation.run(withinMilliseconds: 10_000) { ids.allSatisfy { simulation.answers[$0] != nil } },
            "\(simulation.troubles)")
        return ids.compactMap { simulation.answers[$0] }
    }

    @Test func outcomesThatAreTooMuchForOneAnswerComeInSeveral() throws {
        var settings = SimulationSettings()
        settings.replica.maxBytesPerForwardAnswer = 20
        let simulation = try Simulation.formed(settings)
        let (place, replica) = try follower(of: simulation)
        let retried = replica.statistics.retriedWrites
        let answers = try askAll((0..<12).map { .put("key-\($0)", "value") }, at: place, of: simulation)
        var revisions: Set<UInt64> = []
        for answer in answers {
            guard case .outcome(.put(let revision, created: true)) = answer else {
                Issue.record("\(answer)")
                continue
            }
            revisions.insert(revision)
        }
        #expect(revisions.count == 12, "each is carried out once")
        #expect(replica.statistics.retriedWrites > retried, "one answer carried all")
        try simulation.converge()
    }

    @Test func conditionsCountForWhatABatchCarries() throws {
        var settings = SimulationSettings()
        settings.replica.maxBytesPerForward = 1000
        let simulation = try Simulation.formed(settings)
        let (place, replica) = try follower(of: simulation)
        let batches = replica.forwards.nextBatch
        let write = ClientRequest.Body.put("k", "", .matchesAny(revisions: Array(1...100)))
        let answers = try askAll(Array(repeating: write, count: 20), at: place, of: simulation)
        #expect(answers.allSatisfy { if case .outcome(.preconditionFailed) = $0 { true } else { false } })
        #expect(replica.forwards.nextBatch - batches >= 10, "\(replica.forwards.nextBatch - batches) batches")
    }
}
