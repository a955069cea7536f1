import Bytes
import HTTP
import Transport

/// What one node says of itself and the others.
struct NodeStatus {
    let document: JSONObject

    var nodeID: String { document["node_id"]?.string ?? "?" }
    var role: String { document["role"]?.string ?? "?" }
    /// The role as a person wants to see it: one that has no vote is said to be what it is.
    var standing: String {
        if document["removed"]?.bool == true { return "Removed" }
        return document["is_learner"]?.bool == true ? "Learner" : role
    }
    var leaderID: String? { document["leader_id"]?.string }
    func number(_ name: String) -> UInt64 { document[name]?.uint64 ?? 0 }

    /// Cluster addresses of the members by id, this node included.
    var memberAddresses: [(id: String, address: String)] {
        document["peer_addrs"]?.object?.members.compactMap { member in member.value.string.map { (member.key, $0) } }
            ?? []
    }

    /// Cluster addresses of the other members.
    var peers: [String] { document["peers"]?.array?.compactMap(\.string) ?? [] }

    /// What the cluster calls the member of that id or address; a member that has not told its id goes by its address.
    func member(calledBy name: String) -> String? {
        if let known = memberAddresses.first(where: { $0.id == name || $0.address == name }) { return known.id }
        return peers.contains(name) ? name : nil
    }

    var clusterID: String { document["cluster_id"]?.string ?? "not formed yet" }

    /// Where clients reach this node.
    var clientAddress: Address? {
        document["client_addrs"]?.object?[nodeID]?.string.flatMap(Address.init)
    }

    /// Where the members take client requests, as far as this node knows.
    var clientAddresses: [(id: String, address: Address)] {
        document["client_addrs"]?.object?.members.compactMap { member in
            member.value.string.flatMap(Address.init).map { (member.key, $0) }
        } ?? []
    }

    /// The names of the learners: ids, or addresses where no id is known yet.
    var learners: Set<String> { Set(document["learners"]?.array?.compactMap(\.string) ?? []) }
}

extension NodeStatus {
    /// Reads an answer to `GET /raft/status`; `nil` when it is none.
    init?(_ answer: Result<HTTPResponseMessage, HTTPClientError>) {
        guard case .success(let response) = answer, response.status == .ok,
            let document = JSONObject(reading: response.body)
        else { return nil }
        self.document = document
    }
}
