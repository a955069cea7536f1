import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// Members come, leave and hand over at random, under load, while nodes die and links break: nothing that was promised is lost, and at
/// the end the cluster comes together.
@Suite struct ChurnTests {
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func membersComeAndGoWhileNodesDie(seed: UInt64) throws {
        var settings = SimulationSettings()
        settings.nodes = 7
        settings.founders = [1, 3, 5][Int(seed % 3)]
        settings.announces = seed % 2 == 0
        settings.replica.snapshotEntries = seed % 4 < 2 ? 100_000 : 40
        let simulation = try Simulation.formed(settings, seed: seed)
        let load = ClientLoad(simulation, clients: 6)
        load.start()
        var churn = Churn(simulation, seed: seed)
        for step in 0..<60 where simulation.violation == nil {
            churn.act()
            if step % 3 == 0 { simulation.startAll() }
            if step % 6 == 0 { simulation.network.heal() }
            simulation.run(forMilliseconds: churn.pause)
        }
        load.stop()
        simulation.run(forMilliseconds: 3000)
        #expect(simulation.violation == nil, "\(simulation.troubles)")
        try simulation.converge { load.isIdle }
        try load.checkHistory()
        #expect(!simulation.committed.voters.isEmpty)
    }
}

/// Does one thing after the other to a cluster.
private struct Churn {
    private let simulation: Simulation
    private var random: SeededRandom

    init(_ simulation: Simulation, seed: UInt64) {
        self.simulation = simulation
        random = SeededRandom(seed: seed &* 7919)
    }

    var pause: UInt64 {
        mutating get { UInt64.random(in: 1...700, using: &random) }
    }

    private mutating func anyPlace() -> Int { Int.random(in: simulation.nodes.indices, using: &random) }

    mutating func act() {
        let place = anyPlace()
        let asked = anyPlace()
        let nodeID = simulation.nodes[place].nodeID
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: join(simulation.nodes[place], by: simulation.nodes[asked])
        case 3, 4: simulation.administer(.leave(nodeID: nodeID), at: asked)
        case 5, 6: simulation.administer(.transfer(to: nodeID), at: asked)
        case 7: simulation.kill(place)
        case 8: simulation.crash(place)
        case 9: simulation.stop(place)
        case 10: simulation.network.isolate(place)
        default: simulation.network.heal()
        }
    }

    /// Starts a node that never ran, or one that has left, with an empty directory.
    private mutating func join(_ node: SimulatedNode, by target: SimulatedNode) {
        let hasLeft = node.replica?.raft.isRemoved == true
        guard hasLeft || node.boot == 0 else { return }
        if hasLeft {
            simulation.kill(node.place)
            simulation.wipe(node.place)
        }
        let asLearner = Int.random(in: 0..<4, using: &random) == 0
        node.joining = JoinSettings(target: target.address, asLearner: asLearner)
        simulation.start(node.place)
    }
}
