import Raft
import Replica
import StateMachine

// What must hold after every turn of a node.

extension Simulation {
    /// A node that starts has applied what its disk knows to be committed.
    func noteStart(of node: SimulatedNode, _ replica: Replica) throws(Violation) {
        node.watch.restart()
        node.logBase = replica.raft.log.base.index
        node.seen.applied = min(replica.stateMachine.lastApplied, clusterLog.lastApplied)
        let index = node.seen.applied
        if index > 0 { try checkApplied(index, node, replica) }
        try check(node, replica)
    }

    func check(_ node: SimulatedNode, _ replica: Replica) throws(Violation) {
        let raft = replica.raft
        let lastLog = LogIndex(node.seen.terms.count)
        let news = node.seen.takeNews(of: raft.log)
        // What recovery applied is not kept in memory: it was seen when it was appended.
        if let added = news.added {
            for index in added { if let entry = raft.log.entry(at: index) { try clusterLog.note(entry) } }
        }
        let committedBefore = node.watch.commitIndex
        let (isStart, wasLeader) = (node.watch.isStart, node.watch.wasLeader)
        try node.watch.note(
            NodeWatch.Facts(
                term: raft.currentTerm, vote: raft.hardState.votedFor?.instance, isLeader: raft.isLeader,
                commitIndex: raft.commitIndex, lastApplied: replica.stateMachine.lastApplied, keptLog: news.kept,
                lastLog: lastLog), of: node.nodeID)
        node.promises.notePersisted(raft, isInstalling: replica.isInstallingSnapshot)
        if !isStart { count(news, of: node, replica, wasLeader: wasLeader) }
        if raft.isLeader { try noteLeader(raft) }
        if raft.commitIndex > committedBefore {
            try noteCommitted(after: committedBefore, node, raft, isLeader: raft.isLeader || wasLeader, news)
        }
        try checkState(node, replica)
    }

    private func noteLeader(_ raft: Raft) throws(Violation) {
        guard try clusterLog.noteLeader(raft.identity, term: raft.currentTerm) else { return }
        counters.add(.leaderElected)
        try clusterLog.checkCompleteness(of: raft.log, leader: raft.identity, term: raft.currentTerm)
    }

    private func noteCommitted(
        after index: LogIndex, _ node: SimulatedNode, _ raft: Raft, isLeader: Bool, _ news: SeenLog.News
    ) throws(Violation) {
        let isNews = try clusterLog.noteCommitted(
            index + 1...raft.commitIndex, in: raft.log, term: raft.currentTerm, by: node.nodeID)
        guard isNews, isLeader else { return }
        countPromotions(by: raft)
        // One that came after what was committed in the same turn does not count for it.
        let isNew = raft.configurationIndex > news.kept
        let majority = DurableMajority(
            configurations: isNew
                ? [raft.configuration, raft.committedConfiguration.configuration] : [raft.configuration])
        let position = LogPosition(index: raft.commitIndex, term: raft.log.term(at: raft.commitIndex) ?? 0)
        try majority.check(position, by: node.nodeID) { instance in
            nodes.first { $0.instance == instance }?.durableLog ?? lostDisks[instance]
        }
    }

    private func checkState(_ node: SimulatedNode, _ replica: Replica) throws(Violation) {
        let last = replica.stateMachine.lastApplied
        guard last > node.seen.applied else { return }
        // What came with a snapshot somebody else has applied, up to its end at least.
        let first = max(node.seen.applied + 1, replica.raft.log.base.index)
        for index in first...last where index > 0 { try checkApplied(index, node, replica) }
        node.seen.applied = last
        if last == model.lastApplied { try compareState(node, replica) }
    }

    private func checkApplied(_ index: LogIndex, _ node: SimulatedNode, _ replica: Replica) throws(Violation) {
        let position = LogPosition(index: index, term: replica.raft.log.term(at: index) ?? 0)
        guard let entry = try clusterLog.noteApplied(position, by: node.nodeID) else { return }
        if let repeated = repeats.note(entry) { counters.add(repeated) }
        try model.apply(entry)
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
        try compareTouchedResources(node, replica.stateMachine)
    }
}
