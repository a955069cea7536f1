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

    /// Whether all members run, follow one leader, have applied the same, which is all there is, and report no trouble with their disks.
    package var hasConverged: Bool {
        guard let leader, let replica = leader.replica else { return false }
        let last = replica.raft.log.lastIndex
        return members.allSatisfy { node in
            guard let other = node.replica else { return false }
            return other.stateMachine.lastApplied == last && other.raft.log.lastIndex == last
                && other.raft.leader == replica.identity && other.storageTrouble == nil && other.snapshotTrouble == nil
        }
    }

    /// Ends all faults, starts all nodes and lets the cluster come together; a write and a read at every member must succeed then, and
    /// all members must hold the same.
    package func converge(withinMilliseconds limit: UInt64 = 30_000, isIdle: () -> Bool = { true }) throws(Violation) {
        endFaults()
        startAll()
        try comeTogether(withinMilliseconds: limit, isIdle: isIdle)
        try inquire()
        try comeTogether(withinMilliseconds: limit, isIdle: isIdle)
        for node in members {
            guard let replica = node.replica else { continue }
            try compareState(node, replica)
            try compareResources(node, replica.stateMachine)
        }
    }

    private func endFaults() {
        network.heal()
        network.settings = NetworkSettings()
        network.losesRequest = nil
        network.losesAnswer = nil
        for node in nodes {
            node.diskMicroseconds = nil
            node.hasNoSpace = false
            node.crashesAfterTurn = false
            node.failsNextSync = false
            resume(node.place)
            // Who was asked to end does so now, not while it is being asked for its last words.
            if node.endsWhenQuiet { kill(node.place) }
        }
    }

    private func comeTogether(withinMilliseconds limit: UInt64, isIdle: () -> Bool) throws(Violation) {
        let hasConverged = run(withinMilliseconds: limit) { isIdle() && self.hasConverged }
        if let violation { throw violation }
        guard hasConverged else {
            throw Violation("the cluster has not come together in \(limit) ms without faults: \(states)")
        }
    }

    /// Progress: every member takes a write and a linearizable read. Some are refused at first: leadership may be on its way to another,
    /// and a disk that was full is asked again after eight seconds at the latest.
    private func inquire() throws(Violation) {
        let places = members.map(\.place)
        for place in places {
            let key = Array("last words of n\(place + 1)".utf8)
            try insist(on: .write(.put(key: key, value: key, condition: .none)), at: place)
            try insist(on: .read(.get(key: key), .linearizable), at: place)
        }
    }

    private func insist(on body: ClientRequest.Body, at place: Int) throws(Violation) {
        var last: Answer?
        for _ in 0..<60 {
            let id = submit(body, to: place)
            inquiries[id] = .some(nil)
            let isAnswered = run(withinMilliseconds: 10_000) { (self.inquiries[id] ?? nil) != nil }
            if let violation { throw violation }
            guard isAnswered else { throw Violation("\(nodes[place].nodeID) does not answer \(body): \(states)") }
            last = inquiries[id] ?? nil
            switch last {
            case .outcome, .value: return
            default: run(forMilliseconds: 200)
            }
        }
        throw Violation(
            "without faults \(nodes[place].nodeID) answers \(body) with \(last.map { "\($0)" } ?? "nothing")")
    }

    /// The nodes in a line, for a person.
    package var states: String {
        nodes.map { node in
            guard let raft = node.replica?.raft else {
                return
                    "\(node.nodeID) is \(node.isCondemned ? "out" : "down")\(node.stopMessage.map { " (\($0))" } ?? "")"
            }
            return
                "\(node.nodeID) \(raft.role) term \(raft.currentTerm) log \(raft.log.lastPosition) commit \(raft.commitIndex)"
        }.joined(separator: "; ")
    }
}
