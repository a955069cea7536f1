import Raft
import Replica
import StateMachine

// What must hold after every turn of a node.

extension Simulation {
    /// A node that starts has applied what its disk knows to be committed.
    func noteStart(of node: SimulatedNode, _ replica: Replica) throws(Violation) {
        node.seen.commitIndex = 0
        node.seen.applied = min(replica.stateMachine.lastApplied, clusterLog.lastApplied)
        let index = node.seen.applied
        if index > 0 { try checkApplied(index, node, replica) }
        try check(node, replica)
    }

    func check(_ node: SimulatedNode, _ replica: Replica) throws(Violation) {
        let raft = replica.raft
        if raft.isLeader { try clusterLog.noteLeader(raft.identity, term: raft.currentTerm) }
        if let news = node.seen.takeNews(of: raft.log) {
            // What recovery applied is not kept in memory: it was seen when it was appended.
            for index in news { if let entry = raft.log.entry(at: index) { try clusterLog.note(entry) } }
        }
        guard raft.commitIndex >= node.seen.commitIndex else {
            throw Violation(
                "the commit index of \(node.nodeID) fell from \(node.seen.commitIndex) to \(raft.commitIndex)")
        }
        node.seen.commitIndex = raft.commitIndex
        node.promises.notePersisted(raft, isInstalling: replica.isInstallingSnapshot)
        try checkState(node, replica)
    }

    private func checkState(_ node: SimulatedNode, _ replica: Replica) throws(Violation) {
        let last = replica.stateMachine.lastApplied
        guard last > node.seen.applied else { return }
        guard last <= replica.raft.commitIndex else {
            throw Violation("\(node.nodeID) applied \(last), beyond its commit index \(replica.raft.commitIndex)")
        }
        // What came with a snapshot somebody else has applied, up to its end at least.
        let first = max(node.seen.applied + 1, replica.raft.log.base.index)
        for index in first...last where index > 0 { try checkApplied(index, node, replica) }
        node.seen.applied = last
        if last == model.lastApplied { try compareState(node, replica) }
    }

    private func checkApplied(_ index: LogIndex, _ node: SimulatedNode, _ replica: Replica) throws(Violation) {
        let position = LogPosition(index: index, term: replica.raft.log.term(at: index) ?? 0)
        if let entry = try clusterLog.noteApplied(position, by: node.nodeID) { try model.apply(entry) }
    }

    /// The node's state is the model's.
    func compareState(_ node: SimulatedNode, _ replica: Replica) throws(Violation) {
        var count = 0
        for key in model.keys {
            let expected = model.value(of: key)
            if expected != nil { count += 1 }
            guard replica.stateMachine.get(key) == expected else {
                throw Violation(
                    "\(node.nodeID) holds revision \(replica.stateMachine.get(key)?.revision ?? 0) of a key at index \(replica.stateMachine.lastApplied), where \(expected?.revision ?? 0) belongs"
                )
            }
        }
        guard replica.stateMachine.count == count else {
            throw Violation("\(node.nodeID) holds \(replica.stateMachine.count) keys, where \(count) belong")
        }
    }
}
