/// Why the members cannot be changed as asked. The description is for the operator.
package enum MembershipError: Error, Sendable, Equatable, CustomStringConvertible {
    case addressTaken(address: String, by: String)
    /// The id is a member's, whose data directory is another than the one that asks.
    case boundToAnother(nodeID: String)
    /// The data directory is a member's already, by another id.
    case instanceTaken(by: String)
    case notFound(nodeID: String)
    case lastVoter(nodeID: String)
    case tooMany

    package var description: String {
        switch self {
        case .addressTaken(let address, let name):
            "\(address) is the address of \(name). Take that out first (raftctl leave \(name)), or use another address"
        case .boundToAnother(let nodeID):
            """
            \(nodeID) is a member with another data directory: this one was wiped or replaced, or two nodes bear one id. \
            Take the old member out (raftctl leave \(nodeID)), then join again
            """
        case .instanceTaken(let name):
            """
            this data directory is the member \(name)'s. Start the node with --node-id \(name), \
            or take \(name) out first (raftctl leave \(name))
            """
        case .notFound(let nodeID): "there is no member \(nodeID)"
        case .lastVoter(let nodeID): "\(nodeID) is the only voter: without it there is no cluster"
        case .tooMany: "a cluster has at most \(PeerCodec.maximumMembers) members"
        }
    }
}

// The changes that one entry of the log may make: each adds, removes or alters one member, so that any majority before it shares a
// voter with any majority after it (thesis 4.1).
extension Configuration {
    /// This configuration with the node as a member, or `nil` when it is one already, just so.
    ///
    /// A new member begins as a learner, to be promoted unless `asLearner` (thesis 4.2.1). A known one gets its new address, is bound
    /// if nobody had heard it yet, and a learner that was to stay one is to be promoted unless `asLearner`. No voter becomes a learner.
    package func adding(
        nodeID: String, address: String, instance: InstanceID, asLearner: Bool
    ) throws(MembershipError) -> Configuration? {
        let place = members.firstIndex { $0.nodeID == nodeID } ?? placeOfNameless(at: address)
        if let holder = member(of: instance), holder.number != place.map({ members[$0].number }) {
            throw .instanceTaken(by: holder.name)
        }
        if let holder = members.first(where: { $0.address == address }),
            holder.number != place.map({ members[$0].number })
        {
            throw .addressTaken(address: address, by: holder.name)
        }
        guard let place else { return try appending(nodeID, address, instance, asLearner: asLearner) }
        guard members[place].instance == nil || members[place].instance == instance else {
            throw .boundToAnother(nodeID: nodeID)
        }
        var changed = self
        changed.members[place].nodeID = nodeID
        changed.members[place].address = address
        changed.members[place].instance = instance
        if members[place].isLearner, !asLearner { changed.members[place].isToBePromoted = true }
        return changed == self ? nil : changed
    }

    /// A member that was listed by its address only, and that nobody has heard yet.
    private func placeOfNameless(at address: String) -> Int? {
        members.firstIndex { $0.nodeID == nil && $0.instance == nil && $0.address == address }
    }

    private func appending(
        _ nodeID: String, _ address: String, _ instance: InstanceID, asLearner: Bool
    ) throws(MembershipError) -> Configuration {
        guard members.count < PeerCodec.maximumMembers, nextNumber < .max else { throw .tooMany }
        var changed = self
        changed.members.append(
            Member(
                number: nextNumber, nodeID: nodeID, address: address, instance: instance, isLearner: true,
                isToBePromoted: !asLearner))
        changed.nextNumber += 1
        return changed
    }

    /// This configuration without the member of that id; one that has not told its id yet goes by its address.
    package func removing(nodeID: String) throws(MembershipError) -> Configuration {
        guard let member = member(calledBy: nodeID) else { throw .notFound(nodeID: nodeID) }
        if !member.isLearner, voters.count == 1 { throw .lastVoter(nodeID: nodeID) }
        var changed = self
        changed.members.removeAll { $0.number == member.number }
        return changed
    }

    /// This configuration with the learner `number` as a voter, or `nil` when it is no bound learner.
    package func promoting(_ number: Member.Number) -> Configuration? {
        guard let place = members.firstIndex(where: { $0.number == number }), members[place].isLearner,
            members[place].instance != nil
        else { return nil }
        var changed = self
        changed.members[place].isLearner = false
        changed.members[place].isToBePromoted = false
        return changed
    }

    /// Whether one entry may lead from this configuration to `next`: same cluster, one voter more or less at most, no number used
    /// twice, and nobody bound anew.
    func mayBecome(_ next: Configuration) -> Bool {
        let old = Set(voters.map(\.number))
        let new = Set(next.voters.map(\.number))
        return next.clusterID == clusterID && !new.isEmpty && old.symmetricDifference(new).count <= 1
            && next.nextNumber >= nextNumber
            && next.members.allSatisfy { member in
                guard let known = self[member.number] else { return member.number >= nextNumber }
                return known.instance == nil || known.instance == member.instance
            }
    }
}
