import Raft
import Replica

/// Who changes the cluster while it works, as the plan says, and goes on from there: a node that has left comes back empty, one whose disk
/// is lost is taken out and let in again. What is refused is refused; what is done must be true.
final class Operator {
    private enum Request {
        case leave(Int)
        case transfer
    }

    /// A node whose disk is lost, on its way back.
    private struct Cure {
        let place: Int
        /// Until when it may try to go on as if nothing had happened.
        let patience: Instant
        var hasGivenUp = false
        /// When it is to be asked for again that the node be taken out.
        var nextLeave = Instant.zero
    }

    private static let period: UInt64 = 150

    private unowned let simulation: Simulation
    /// What was asked, by the request's number, of whom, oldest first.
    private var requests: [(id: UInt64, request: Request, node: Int, boot: UInt64)] = []
    private var cures: [Cure] = []
    /// Another member is asked each time.
    private var turn = 0

    init(_ simulation: Simulation) { self.simulation = simulation }

    /// Looks after what was begun, from now on.
    func schedule() {
        simulation.after(milliseconds: Operator.period) { [self] _ in
            settleRequests()
            takeOutWiped()
            for place in cures.indices { advance(&cures[place]) }
            cures.removeAll { !simulation.nodes[$0.place].isCondemned }
            schedule()
        }
    }

    // MARK: What the plan asks

    /// Starts a machine that never ran with `--join`.
    func join(_ place: Int, via member: Int, asLearner: Bool) -> Bool {
        let node = simulation.nodes[place]
        guard node.boot == 0, !node.isRunning, !simulation.isFounder(node), place != member else { return false }
        letIn(place, via: simulation.nodes[member], asLearner: asLearner)
        return true
    }

    func letGo(_ place: Int, asking asked: Int) -> Bool {
        // Whose disk is lost stays one of the members until it is cured: nobody else should go meanwhile.
        guard cures.isEmpty, simulation.nodes[asked].isRunning else { return false }
        simulation.nodes[place].isLetGo = true
        ask(.leave(nodeID: simulation.nodes[place].nodeID), at: asked, .leave(place))
        return true
    }

    func transfer(to place: Int, asking asked: Int) -> Bool {
        guard simulation.nodes[asked].isRunning else { return false }
        ask(.transfer(to: simulation.nodes[place].nodeID), at: asked, .transfer)
        return true
    }

    private func ask(_ request: AdminRequest, at node: Int, _ purpose: Request) {
        requests.append((simulation.administer(request, at: node), purpose, node, simulation.nodes[node].boot))
    }

    func restate(_ place: Int, asking asked: Int) -> Bool {
        let node = simulation.nodes[place]
        guard node.boot > 0, !node.isCondemned, simulation.nodes[asked].isRunning else { return false }
        simulation.administer(.join(nodeID: node.nodeID, address: node.address, asLearner: false), at: asked)
        return true
    }

    // MARK: Lost disks

    /// Whether the cluster can bear that this node loses its disk: a minority at a time, and none while members change.
    func mayLoseDisk(of place: Int) -> Bool {
        guard cures.isEmpty, !requests.contains(where: { if case .leave = $0.request { true } else { false } }),
            let instance = simulation.nodes[place].instance, let raft = simulation.leader?.replica?.raft
        else { return false }
        let (index, configuration) = raft.committedConfiguration
        let isSettled = simulation.nodes.allSatisfy { $0.replica?.raft.configurationIndex ?? 0 <= index }
        let isWhole = configuration.members.allSatisfy { member in
            simulation.nodes.contains { $0.instance != nil && $0.instance == member.instance }
        }
        return isSettled && isWhole && configuration.voters.count >= 3 && configuration.isVoter(instance)
    }

    /// The node is started as ever, which must come to nothing, and then taken out and let in again.
    func cure(_ place: Int) {
        simulation.nodes[place].isCondemned = true
        cures.append(Cure(place: place, patience: simulation.now.advanced(byMilliseconds: 1_500)))
        // Who founded a cluster alone has no peers to ask, and would found another.
        if simulation.settings.founders != 1 || simulation.nodes[place].joining != nil { simulation.start(place) }
    }

    private func advance(_ cure: inout Cure) {
        let node = simulation.nodes[cure.place]
        if !cure.hasGivenUp {
            guard !node.isRunning || simulation.now >= cure.patience else { return }
            cure.hasGivenUp = true
            simulation.kill(cure.place)
            simulation.wipe(cure.place)
        }
        guard let leader = simulation.leader, let raft = leader.replica?.raft else { return }
        guard raft.committedConfiguration.configuration.member(named: node.nodeID) == nil else {
            guard simulation.now >= cure.nextLeave else { return }
            simulation.administer(.leave(nodeID: node.nodeID), at: leader.place)
            return cure.nextLeave = simulation.now.advanced(byMilliseconds: 1_000)
        }
        node.isCondemned = false
        comeBack(cure.place)
    }

    // MARK: What follows

    private func letIn(_ place: Int, via member: SimulatedNode, asLearner: Bool) {
        simulation.nodes[place].isLetGo = false
        simulation.nodes[place].joining = JoinSettings(target: member.address, asLearner: asLearner)
        simulation.start(place)
    }

    /// A node with an empty disk joins by one of those that run.
    private func comeBack(_ place: Int) {
        let running = simulation.nodes.filter { $0.isRunning && $0.place != place }
        guard !running.isEmpty else { return }
        turn += 1
        letIn(place, via: running[turn % running.count], asLearner: false)
    }

    /// A node that is out gets a new disk, and joins again. One whose leave has an unknown end stays as it is.
    private func settleRequests() {
        let answered = requests.filter { simulation.adminAnswers[$0.id] != nil }
        requests.removeAll { simulation.adminAnswers[$0.id] != nil }
        for (id, request, _, _) in answered {
            guard case .done? = simulation.adminAnswers[id] else { continue }
            switch request {
            case .transfer: simulation.counters.add(.transferDone)
            case .leave(let place):
                simulation.counters.add(.leaveDone)
                // Another may have let it in again since.
                guard !simulation.members.contains(where: { $0.place == place }), !simulation.nodes[place].isCondemned
                else { continue }
                simulation.kill(place)
                simulation.wipe(place)
                comeBack(place)
            }
        }
        // Whoever was asked and died answers nothing.
        requests.removeAll { !simulation.nodes[$0.node].isRunning || simulation.nodes[$0.node].boot != $0.boot }
    }

    /// The cure that a wiped node is told: one that was let in again after its leave, by a request that came late, is a member under a
    /// disk that is gone.
    private func takeOutWiped() {
        guard let leader = simulation.leader, let members = leader.replica?.raft.configuration.members else { return }
        for node in simulation.nodes where node.joining != nil && !node.isCondemned {
            guard let instance = node.replica?.identity.instance,
                let bound = members.first(where: { $0.nodeID == node.nodeID })?.instance, bound != instance
            else { continue }
            simulation.administer(.leave(nodeID: node.nodeID), at: leader.place)
        }
    }
}
