import Raft
import StateMachine

extension Replica {
    func receive(_ request: ClientRequest, now: Instant) {
        guard !refusesClients else {
            return answer(.unavailable(reason: "node \(identity.nodeID) is shutting down"), to: request.id)
        }
        if let removal, !request.isStaleRead { return answer(.unavailable(reason: removal), to: request.id) }
        switch request.body {
        case .write(let operation, let key): receiveWrite(request.id, operation, key: key, now: now)
        case .read(let query, let consistency): receiveRead(request.id, query, consistency, now: now)
        }
    }

    /// Why this node serves nobody any more: it was taken out of its cluster. `nil` for a member, or one that is to be.
    var removal: String? {
        guard raft.isRemoved else { return nil }
        return """
            node \(identity.nodeID) was taken out of cluster \(raft.clusterID): ask another node. To take it back, stop it, move its \
            directory away and start it with --join
            """
    }

    /// Why nothing can be confirmed right now, for a person: the term, and which peers answer.
    func unavailability(now: Instant) -> String {
        if let removal { return removal }
        if raft.isLeader, let conviction { return conviction }
        if let joining { return "this node belongs to no cluster yet: \(joining.state)" }
        if let formation, raft.configuration.isEmpty {
            return "this node belongs to no cluster yet: \(formation.describe())"
        }
        let others = raft.configuration.members.filter { $0.instance != identity.instance }
        let states = others.map { "\($0.name) \(reachability.describe($0.address, now: now, settings: settings.raft))" }
        let leader = raft.leader.map { "leader \($0) does not confirm" } ?? "no leader"
        let peers = states.isEmpty ? "no other members" : states.joined(separator: ", ")
        let reasons = ["\(leader) in term \(raft.currentTerm)", peers, misplacement]
        return reasons.compactMap(\.self).joined(separator: "; ")
    }
}

extension ClientRequest {
    fileprivate var isStaleRead: Bool { if case .read(_, .stale) = body { true } else { false } }
}

/// When each peer last answered: for people, never for decisions.
struct Reachability {
    private enum State {
        case heard(Instant)
        case failed(reason: String)
    }

    private var states: [String: State] = [:]

    mutating func heard(_ address: String, now: Instant) { states[address] = .heard(now) }

    mutating func failed(_ address: String, _ failure: SendFailure) {
        states[address] = .failed(reason: failure.reason)
    }

    mutating func keep(_ addresses: [String]) { states = states.filter { addresses.contains($0.key) } }

    func isReachable(_ address: String, now: Instant, settings: RaftSettings) -> Bool {
        guard case .heard(let at) = states[address] else { return false }
        return now.milliseconds(since: at) < 2 * settings.electionTimeoutMaxMilliseconds
    }

    func describe(_ address: String, now: Instant, settings: RaftSettings) -> String {
        switch states[address] {
        case .none: "not heard yet"
        case .failed(let reason): "unreachable (\(reason))"
        case .heard(let at):
            isReachable(address, now: now, settings: settings)
                ? "reachable" : "silent for \(now.milliseconds(since: at)) ms"
        }
    }
}
