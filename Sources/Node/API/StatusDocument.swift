import Bytes
import Documents
import Raft
import Replica
import StateMachine

/// `GET /raft/status`.
enum StatusDocument {
    static func encode(_ node: NodeState) -> [UInt8] {
        let status = node.status
        let others = status.configuration.members.filter { $0.nodeID != status.nodeID }
        var json = JSONWriter()
        json.beginObject()
        json.pair("node_id", status.nodeID)
        json.pair("role", roleName(status.role))
        json.pair("term", status.term)
        json.key("leader_id")
        if let leader = status.leaderID { json.value(leader) } else { json.null() }
        json.pair("commit_index", status.commitIndex)
        json.pair("last_applied", status.lastApplied)
        json.pair("log_length", status.lastLogIndex)
        json.list("peers", others.map(\.address))
        json.key("peer_addrs")
        json.beginObject()
        for member in status.configuration.members {
            if let nodeID = member.nodeID { json.pair(nodeID, member.address) }
        }
        json.endObject()
        json.list("learners", status.configuration.members.filter(\.isLearner).map(\.name))
        json.pair("is_learner", status.isLearner)
        json.key("cluster_id")
        if status.clusterID == .none { json.null() } else { json.value(status.clusterID.description) }
        json.pair("first_log_index", status.firstLogIndex)
        json.pair("snapshot_index", status.snapshotIndex)
        json.pair("fault_tolerance", UInt64(status.faultTolerance))
        json.key("client_addrs")
        json.beginObject()
        for (nodeID, address) in node.clientAddresses { json.pair(nodeID, address) }
        json.endObject()
        json.pair("removed", status.isRemoved)
        add(node.comparison, to: &json)
        json.pair("version", Version.current)
        json.endObject()
        return json.bytes
    }

    /// Where states were compared last, what this node's had, and who is known to be wrong.
    private static func add(_ comparison: ComparisonStatus, to json: inout JSONWriter) {
        json.key("replica_hash")
        json.beginObject()
        json.pair("index", comparison.index)
        json.key("hash")
        if let hash = comparison.hash { json.value(hash.description) } else { json.null() }
        json.pair("mismatch", comparison.isMismatch)
        json.list("convicted", comparison.convicted)
        json.endObject()
    }

    /// A pre-candidate has not stood yet: seen from outside it follows nobody, as a candidate does.
    private static func roleName(_ role: Raft.Role) -> String {
        switch role {
        case .leader: "Leader"
        case .follower: "Follower"
        case .candidate, .preCandidate: "Candidate"
        }
    }
}
