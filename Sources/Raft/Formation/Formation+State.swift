extension Formation {
    /// How far an empty node has come.
    package enum State: Sendable, Equatable {
        /// Not enough members have met, itself included: ask on. It neither votes nor stands.
        case gathering(heard: Int, needed: Int)
        /// A majority has met, all empty: it votes, and stands for election with this configuration, which has no
        /// cluster id and knows the instances met so far. Those unknown are bound by the leader at first contact.
        case ready(Configuration)
        /// A cluster exists, and this node is one of its members. It does not stand; it votes only if the cluster knows
        /// this very instance, else its leader binds it first.
        case awaitingLeader(mayVote: Bool)
        /// See ``Reason/isFatal``: whether the start has failed, or another answer may mend it.
        case refused(Reason)
    }

    /// Two empty nodes that were started with different members.
    package struct Disagreement: Sendable, Equatable {
        package let peer: PeerSpecification
        /// This node and its peers.
        package let mine: [PeerSpecification]
        /// The other node and its peers.
        package let theirs: [PeerSpecification]
    }

    /// A cluster that exists, as a peer in it told.
    package struct Cluster: Sendable, Equatable, CustomStringConvertible {
        package let id: ClusterID
        package let peer: PeerSpecification

        package var description: String { "the cluster \(id) of \(peer)" }
    }

    /// Why a node does not form or enter a cluster. The description is for the operator, and names the cure.
    package enum Reason: Sendable, Equatable, CustomStringConvertible {
        case differentMembers(Disagreement)
        /// A formed peer knows this node's id under another instance.
        case wiped(nodeID: String, Cluster)
        /// A formed peer does not know this node.
        case stranger(nodeID: String, Cluster)
        /// A listed address reached this very process.
        case listsItself(address: String)
        /// A listed address reached another node of this node's name.
        case nameTaken(nodeID: String, address: String)

        /// Whether the start has failed: nothing that others do can mend it.
        package var isFatal: Bool {
            switch self {
            case .differentMembers: false
            case .wiped, .stranger, .listsItself, .nameTaken: true
            }
        }

        package var description: String {
            switch self {
            case .differentMembers(let disagreement):
                """
                no cluster is formed with \(disagreement.peer), which was started with other members: \
                here \(Self.text(disagreement.mine)); there \(Self.text(disagreement.theirs)). \
                Restart the wrong one with the right --peers
                """
            case .wiped(let nodeID, let cluster):
                """
                \(cluster) knows \(nodeID) with another data directory: this one was wiped or replaced. \
                Take the old member out (raftctl leave \(nodeID), at any other node), \
                then start this one with --join \(cluster.peer.address) instead of --peers
                """
            case .stranger(let nodeID, let cluster):
                """
                \(cluster) exists already, and \(nodeID) is not one of its members. \
                If it went by another name there, take that out (raftctl leave, at any other node); \
                then start this one with --join \(cluster.peer.address) instead of --peers
                """
            case .listsItself(let address):
                "the node itself is in --peers: \(address) is this node. Leave it out and list only the others"
            case .nameTaken(let nodeID, let address):
                "the node at \(address) is called \(nodeID) like this one. Give each its own --node-id"
            }
        }

        private static func text(_ members: [PeerSpecification]) -> String {
            members.map(\.description).joined(separator: ", ")
        }
    }
}
