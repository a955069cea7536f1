/// A member of the cluster: a stable id with an address that may change, bound to one instance.
package struct Member: Sendable, Equatable {
    /// The member's place in the configuration, never used twice in one cluster. Progress is kept by it.
    package typealias Number = UInt32

    package let number: Number
    /// `nil` until a nameless peer has told its id.
    package var nodeID: String?
    /// `host:port` of the cluster port.
    package var address: String
    /// `nil` until the member was first heard: it votes and acknowledges nothing before.
    package var instance: InstanceID?
    package var isLearner: Bool
    /// "Promote me": a learner that whoever leads makes a voter as soon as it has caught up (thesis 4.2.1).
    /// - Invariant: only a learner is
    package var isToBePromoted: Bool

    package init(
        number: Member.Number, nodeID: String?, address: String, instance: InstanceID?, isLearner: Bool = false,
        isToBePromoted: Bool = false
    ) {
        self.number = number
        self.nodeID = nodeID
        self.address = address
        self.instance = instance
        self.isLearner = isLearner
        self.isToBePromoted = isToBePromoted
    }

    /// What an operator calls it: its id, else its address.
    package var name: String { nodeID ?? address }
}

/// The members of a cluster, as one entry of the log tells them. In force as soon as it is appended, undone when it is
/// truncated (thesis 4.1).
package struct Configuration: Sendable, Equatable {
    package var clusterID: ClusterID
    /// - Invariant: sorted by number, numbers and addresses distinct, node ids and instances distinct where known.
    package var members: [Member]
    /// The number that the next new member gets: never used twice, not even when its bearer has left.
    /// - Invariant: above every member's
    package var nextNumber: Member.Number

    /// - Parameter nextNumber: `nil`: the one after the highest
    package init(clusterID: ClusterID, members: [Member], nextNumber: Member.Number? = nil) {
        self.clusterID = clusterID
        self.members = members.sorted { $0.number < $1.number }
        self.nextNumber = nextNumber ?? (self.members.last?.number ?? 0) + 1
    }

    /// The configuration of a node that belongs to no cluster yet.
    package static let none = Configuration(clusterID: .none, members: [])

    package var isEmpty: Bool { members.isEmpty }

    package var voters: [Member] { members.filter { !$0.isLearner } }

    /// How many voters are a majority.
    package var quorum: Int { members.reduce(0) { $0 + ($1.isLearner ? 0 : 1) } / 2 + 1 }

    package func member(of instance: InstanceID) -> Member? { members.first { $0.instance == instance } }

    package func member(named nodeID: String) -> Member? { members.first { $0.nodeID == nodeID } }

    /// The member of that id, or one that has not told its id and goes by its address.
    package func member(calledBy name: String) -> Member? { member(named: name) ?? members.first { $0.name == name } }

    package subscript(number: Member.Number) -> Member? { members.first { $0.number == number } }

    /// Whether `instance` is a voter: only then does what it answers count.
    package func isVoter(_ instance: InstanceID) -> Bool { member(of: instance).map { !$0.isLearner } ?? false }

    /// This configuration with the member `number` bound to `identity`, or `nil` when nothing may be bound: the member is
    /// unknown or bound already, goes by another id, or the instance or id belongs to another member (two listed
    /// addresses may reach one process).
    package func binding(_ number: Member.Number, to identity: Identity) -> Configuration? {
        guard let place = members.firstIndex(where: { $0.number == number }), members[place].instance == nil,
            members[place].nodeID == nil || members[place].nodeID == identity.nodeID,
            member(of: identity.instance) == nil,
            members.allSatisfy({ $0.number == number || $0.nodeID != identity.nodeID })
        else { return nil }
        var bound = self
        bound.members[place].nodeID = identity.nodeID
        bound.members[place].instance = identity.instance
        return bound
    }
}
