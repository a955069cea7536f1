/// A member as an operator wrote it in `--peers`: `id@host:port` or `host:port`.
package struct PeerSpecification: Sendable, Equatable, CustomStringConvertible {
    package let nodeID: String?
    /// `host:port`.
    package let address: String

    package init(nodeID: String?, address: String) {
        self.nodeID = nodeID
        self.address = address
    }

    package var description: String { nodeID.map { "\($0)@\(address)" } ?? address }
}

/// An empty node's question to each address in `--peers`, asked before it votes or stands.
package struct Hello: Sendable, Equatable {
    /// The sender's own advertised address.
    package let address: String
    /// Whether the operator chose `address` with `--advertise-addr`; else the address that peers list is the better one.
    package let isAddressExplicit: Bool
    /// The address under which the sender lists the recipient.
    package let recipientAddress: String
    /// The sender's `--peers`: everybody but itself.
    package let peers: [PeerSpecification]

    package init(address: String, isAddressExplicit: Bool, recipientAddress: String, peers: [PeerSpecification]) {
        self.address = address
        self.isAddressExplicit = isAddressExplicit
        self.recipientAddress = recipientAddress
        self.peers = peers
    }
}

package struct HelloResponse: Sendable, Equatable {
    package let address: String
    package let isAddressExplicit: Bool
    package let peers: [PeerSpecification]
    package let standing: Standing

    package init(address: String, isAddressExplicit: Bool, peers: [PeerSpecification], standing: Standing) {
        self.address = address
        self.isAddressExplicit = isAddressExplicit
        self.peers = peers
        self.standing = standing
    }

    /// How the answering node sees the one that asks.
    package enum Standing: Sendable, Equatable {
        /// The answering node belongs to no cluster itself, and its list is the sender's (`isSameMembers`).
        case empty(isSameMembers: Bool)
        /// It belongs to the header's cluster, and there the sender is…
        case formed(Membership)
    }

    package enum Membership: UInt8, Sendable, Equatable {
        /// …not a member.
        case stranger = 1
        /// …a member that nobody has heard yet: the leader binds it.
        case unbound = 2
        /// …a member under the very instance that asks.
        case bound = 3
        /// …a member under another instance: the sender's directory was wiped.
        case boundToAnother = 4
    }
}
