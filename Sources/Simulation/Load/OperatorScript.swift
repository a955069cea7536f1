import Raft
import Replica

/// An operator who changes the cluster by chance while it works: nodes join, leave and come back empty, leadership is handed over.
/// What is refused is refused; what is done must be true.
final class OperatorScript {
    private unowned let simulation: Simulation
    private var random: SeededRandom
    private var isStopped = false
    /// Who was asked to leave, by the request's number.
    private var leaving: [(request: UInt64, node: Int)] = []
    private(set) var joins = 0
    private(set) var leaves = 0
    private(set) var transfers = 0

    init(_ simulation: Simulation) {
        self.simulation = simulation
        random = SeededRandom(seed: simulation.random.next())
    }

    func stop() { isStopped = true }

    func schedule() {
        simulation.after(milliseconds: UInt64.random(in: 100...1_500, using: &random)) { [unowned self] _ in
            replaceThoseThatLeft()
            takeOutWiped()
            if !isStopped { act() }
            schedule()
        }
    }

    /// The cure that a wiped node is told: one that was let in again after its leave, by a request that came late, is a member under a
    /// disk that is gone.
    private func takeOutWiped() {
        guard let leader = simulation.leader, let members = leader.replica?.raft.configuration.members else { return }
        for node in simulation.nodes where node.joining != nil {
            guard let instance = node.replica?.identity.instance,
                let bound = members.first(where: { $0.nodeID == node.nodeID })?.instance, bound != instance
            else { continue }
            simulation.administer(.leave(nodeID: node.nodeID), at: leader.place)
        }
    }

    private func act() {
        let node = Int.random(in: 0..<simulation.nodes.count, using: &random)
        let asked = Int.random(in: 0..<simulation.nodes.count, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3: if simulation.nodes[node].boot == 0 { join(node) }
        case 4...6:
            simulation.nodes[node].isLetGo = true
            let request = simulation.administer(.leave(nodeID: simulation.nodes[node].nodeID), at: asked)
            leaving.append((request, node))
        case 7:
            simulation.administer(.transfer(to: simulation.nodes[node].nodeID), at: asked)
            transfers += 1
        case 8: doubtLeader(at: simulation.nodes[node])
        default: move(node, asking: asked)
        }
    }

    /// Starts a machine that never ran, or whose disk is new, with `--join`.
    private func join(_ place: Int) {
        let running = simulation.nodes.filter { $0.isRunning && $0.place != place }
        guard let member = running.randomElement(using: &random) else { return }
        let asLearner = Int.random(in: 0..<5, using: &random) == 0
        simulation.nodes[place].isLetGo = false
        simulation.nodes[place].joining = JoinSettings(target: member.address, asLearner: asLearner)
        simulation.start(place)
        joins += 1
    }

    /// A node that is out gets a new disk, and may join again. One whose leave has an unknown end stays as it is.
    private func replaceThoseThatLeft() {
        for (request, node) in leaving {
            guard let answer = simulation.adminAnswers[request], case .done = answer else { continue }
            leaves += 1
            // Another may have let it in again since.
            guard !simulation.members.contains(where: { $0.place == node }) else { continue }
            simulation.kill(node)
            simulation.wipe(node)
            join(node)
        }
        leaving.removeAll { simulation.adminAnswers[$0.request] != nil }
    }

    /// A firewall that rejects: the node is told that its leader's port refuses, though the leader lives.
    private func doubtLeader(at node: SimulatedNode) {
        guard let raft = node.replica?.raft, let leader = raft.leader else { return }
        let context = ProbeContext(leader: leader.instance, term: raft.currentTerm)
        simulation.deliver(.probed(context, .refused), to: node.place, boot: node.boot)
    }

    /// The node says again where it is: nothing is to change.
    private func move(_ place: Int, asking asked: Int) {
        let node = simulation.nodes[place]
        simulation.administer(.join(nodeID: node.nodeID, address: node.address, asLearner: false), at: asked)
    }
}
