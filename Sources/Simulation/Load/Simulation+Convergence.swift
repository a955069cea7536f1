import Raft
import Replica
import StateMachine

// Liveness: what must come true once nothing fails any more.

extension Simulation {
    /// The nodes that the leader counts among the members; none while nobody leads.
    package var members: [SimulatedNode] {
        let members = leader?.replica?.raft.configuration.members ?? []
        return nodes.filter { node in members.contains { $0.address == node.address } }
    }

    /// Whether all members run, follow one leader and have applied the same, which is all there is.
    package var hasConverged: Bool {
        guard let leader, let replica = leader.replica else { return false }
        let last = replica.raft.log.lastIndex
        return members.allSatisfy { node in
            guard let other = node.replica else { return false }
            return other.stateMachine.lastApplied == last && other.raft.log.lastIndex == last
                && other.raft.leader == replica.identity
        }
    }

    /// Ends all faults, starts all nodes and lets the cluster come together; a write at every node must succeed then, and all
    /// members must hold the same.
    package func converge(withinMilliseconds limit: UInt64 = 30_000, isIdle: () -> Bool = { true }) throws(Violation) {
        network.heal()
        network.settings = NetworkSettings()
        network.losesRequest = nil
        network.losesAnswer = nil
        for node in nodes {
            node.diskMicroseconds = nil
            node.hasNoSpace = false
            node.crashesAfterTurn = false
        }
        startAll()
        let hasConverged = run(withinMilliseconds: limit) { isIdle() && self.hasConverged }
        if let violation { throw violation }
        guard hasConverged else {
            throw Violation("the cluster has not come together in \(limit) ms without faults: \(states)")
        }
        for node in members { if let replica = node.replica { try compareState(node, replica) } }
    }

    /// The nodes in a line, for a person.
    package var states: String {
        nodes.map { node in
            guard let raft = node.replica?.raft else { return "\(node.nodeID) is down" }
            return
                "\(node.nodeID) \(raft.role) term \(raft.currentTerm) log \(raft.log.lastPosition) commit \(raft.commitIndex)"
        }.joined(separator: "; ")
    }
}
