import Raft

// Leadership that moves because somebody wants it to: an operator, or a node that is about to end (thesis 3.10). While it moves, writes
// and reads wait for whoever leads next.

extension Replica {
    /// How long a node that ends tries to hand leadership over.
    private static let handoverMilliseconds: UInt64 = 1000

    // MARK: An operator's wish

    func transfer(to name: String, now: Instant) {
        guard let member = raft.configuration.member(calledBy: name) else {
            let voters = raft.configuration.voters.map(\.name).joined(separator: ", ")
            return refuseChange(.conflict, "there is no member \(name); the voters are \(voters)", now: now)
        }
        if member.instance == identity.instance { return endChange(.done, now: now) }
        guard !member.isLearner else {
            return refuseChange(
                .conflict, "\(name) is a learner, and only a voter can lead. Join it as a voter first", now: now)
        }
        if let instance = member.instance, raft.unfit.contains(instance) {
            return refuseChange(
                .conflict, "the state of \(name) is not what the majority has: it cannot lead", now: now)
        }
        raft.step(.transfer(to: member.number), now: now)
        guard raft.transferTarget == member.number else {
            let state = reachability.describe(member.address, now: now, settings: settings.raft)
            return refuseChange(.unavailable, "\(name) cannot lead now: it is \(state), or its disk is full", now: now)
        }
        report(.info, "hands leadership to \(name)")
        membership.current?.step = .transferring(member, raft.currentTerm)
    }

    func settleTransfer(to target: Member, in term: Term, now: Instant) {
        guard let leader = raft.leader else { return }
        if leader.instance == target.instance { return endChange(.done, now: now) }
        guard raft.currentTerm == term, raft.isLeader, raft.transferTarget == target.number else {
            return refuseChange(
                .unavailable, "\(target.name) did not take over: \(leader) leads. Try again", now: now)
        }
    }

    // MARK: The end of this node

    /// Has another voter lead, if one is heard.
    func beginHandover(now: Instant) {
        guard raft.isLeader, raft.bestHeir(now: now) != nil else { return }
        handoverDeadline = now.advanced(byMilliseconds: Replica.handoverMilliseconds)
    }

    /// Goes on with the handover until another leads, which may need this node's vote, or nothing helps.
    func driveHandover(now: Instant) {
        guard let deadline = handoverDeadline else { return }
        guard now < deadline else {
            report(.warning, "nobody took leadership over; the others elect a leader when this node is gone")
            handoverDeadline = nil
            return
        }
        if !raft.isLeader {
            if raft.leader != nil { handoverDeadline = nil }
        } else if raft.transferTarget == nil {
            guard let heir = raft.bestHeir(now: now) else { return handoverDeadline = nil }
            report(.info, "stops, and hands leadership to \(raft.configuration[heir]?.name ?? "another")")
            raft.step(.transfer(to: heir), now: now)
        }
    }
}
