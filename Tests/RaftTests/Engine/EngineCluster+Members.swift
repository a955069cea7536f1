import Raft

// Changes of the members and snapshots, as the owner of an engine makes them.
extension EngineCluster {
    /// Node `joiner` asks the leader `number` to be a member.
    /// - Returns: whether a change was begun.
    @discardableResult
    mutating func add(
        _ joiner: Member.Number, at number: Member.Number, asLearner: Bool = false, port: Int = 1
    ) throws(MembershipError) -> Bool {
        guard self[number].raft.canReconfigure else { return false }
        let identity = self[joiner].identity
        let next = try self[number].raft.configuration.adding(
            nodeID: identity.nodeID, address: "\(identity.nodeID):\(port)", instance: identity.instance,
            asLearner: asLearner)
        if let next { step(.reconfigure(next), at: number) }
        return next != nil
    }

    @discardableResult
    mutating func remove(_ leaver: Member.Number, at number: Member.Number) throws(MembershipError) -> Bool {
        guard self[number].raft.canReconfigure else { return false }
        let next = try self[number].raft.configuration.removing(nodeID: self[leaver].identity.nodeID)
        // Whoever changes members looks that a majority can be reached. One that nobody has met cannot: the change would wait for it,
        // and it for the change.
        guard next.voters.count(where: { $0.instance != nil }) >= next.quorum else { return false }
        step(.reconfigure(next), at: number)
        return true
    }

    // MARK: Snapshots

    /// Node `number` makes a snapshot of what it has applied up to `index`, and its log begins behind it.
    mutating func compact(_ number: Member.Number, through index: LogIndex) {
        let node = self[number]
        guard index > node.snapshot.position.index, index <= node.lastDurable, index <= node.raft.persistedIndex,
            node.writes.isEmpty, Int(index) <= node.applied.count
        else { return }
        let snapshot = node.snapshot(at: index)
        self[number].snapshot = snapshot
        self[number].durable.removeAll { $0.index <= index }
        step(.compacted(snapshot.position), at: number)
    }

    /// The snapshot of node `number` reaches a member, which puts it in force if it needs it. Returns whether the member can say that
    /// it has it; its disk may lag.
    mutating func sendSnapshot(from number: Member.Number, to member: Member.Number) -> Bool {
        guard let node = node(of: member, knownTo: number), node != number else { return false }
        let recipient = self[node].identity.instance
        let header = self[number].raft.header(for: recipient)
        let snapshot = self[number].snapshot
        guard !snapshot.applied.isEmpty, header.term >= self[node].raft.currentTerm, !isolated.contains(node),
            !isolated.contains(number)
        else { return false }
        step(.leaderHeard(header), at: node)
        if self[node].raft.needsSnapshot(at: snapshot.position) { install(snapshot, at: node) }
        return true
    }

    private mutating func install(_ snapshot: EngineNode.Snapshot, at number: Member.Number) {
        self[number].applied = snapshot.applied
        self[number].writes.append(EngineNode.DiskWrite(snapshot: snapshot))
        step(
            .snapshotInstalled(
                snapshot.position, configuration: snapshot.configuration,
                configurationIndex: snapshot.configurationIndex),
            at: number)
    }
}
