import Raft

// When the leader's process dies, its followers see its connections close. A refused port then tells that nobody is there, and nobody has
// to wait for an election time-out. Anything else tells nothing.

extension Replica {
    /// A connection that the instance's process held to our cluster port has closed.
    func connectionClosed(_ instance: InstanceID, now: Instant) {
        guard raft.leader?.instance == instance, !raft.isLeader, !isStopping,
            let address = raft.configuration.member(of: instance)?.address
        else { return }
        let context = ProbeContext(leader: instance, term: raft.currentTerm)
        // A process that dies closes several connections.
        guard probing != context else { return }
        probing = context
        effects.append(.probe(address: address, context))
    }

    func probed(_ context: ProbeContext, _ result: ProbeResult, now: Instant) {
        if probing == context { probing = nil }
        guard result == .refused else { return }
        if raft.leader?.instance == context.leader, raft.currentTerm == context.term {
            report(.info, "the leader \(raft.leader?.nodeID ?? "") is gone: its port refuses connections")
        }
        raft.step(.leaderRefused(leader: context.leader, term: context.term), now: now)
    }
}
