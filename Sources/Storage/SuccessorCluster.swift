package import Raft
package import StateMachine

/// A cluster of one node that goes on with the state of another cluster: what a restored backup begins with, and what a survivor
/// does that has lost the others.
package struct SuccessorCluster {
    /// So far behind the last entry that is known the new cluster goes on: what the old one may have had beyond it had revisions, too,
    /// and none is used twice.
    private static let revisionDistance: LogIndex = 1_000_000

    package let clusterID: ClusterID
    /// Where its log goes on.
    package let position: LogPosition
    private let identity: Identity
    private let state: StateMachine

    /// - Parameters:
    ///   - address: the node's cluster address, `host:port`.
    ///   - last: the last entry, and the highest term, that is known of the old cluster; `state` is not behind it.
    package init(of nodeID: String, at address: String, continuing state: StateMachine, after last: LogPosition) {
        identity = Identity(nodeID: nodeID, instance: .random())
        clusterID = .random()
        let configuration = Configuration(
            clusterID: clusterID,
            members: [Member(number: 1, nodeID: nodeID, address: address, instance: identity.instance)])
        position = LogPosition(index: last.index + Self.revisionDistance, term: last.term + 1)
        self.state = state.rebased(to: position, configuration: configuration)
    }

    /// Writes the node's directory, durably, in place of one that an earlier attempt left there. No node is to find it before it gets
    /// its final name.
    package func write(into directory: String) throws(DiskFailure) {
        if try PrivateFolder.exists(directory) { try PrivateFolder.remove(directory) }
        try DirectoryRewrite.write(state, identity: identity, term: position.term, into: directory)
    }
}
