import ArgumentParser
import Bytes

/// `raftctl members`: the configuration, as the leader has it.
struct MembersCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "Shows who is a member of the cluster, and as what.",
        discussion: "Exit status 69 when no node answers.")

    @OptionGroup var cluster: ClusterOptions

    func run(on client: ClusterClient) throws {
        let status = try client.leaderStatus()
        switch cluster.output {
        case .table:
            StandardStreams.say(MemberTable(status).text)
            let tolerated = status.number("fault_tolerance")
            StandardStreams.say(
                "cluster \(status.clusterID), which can lose \(tolerated) voter\(tolerated == 1 ? "" : "s") and go on")
        case .json: StandardStreams.say(MemberTable(status).json)
        }
    }
}

/// One row a member.
private struct MemberTable {
    private let status: NodeStatus
    private let rows: [Row]

    private struct Row {
        let id: String?
        let address: String
        let isLearner: Bool
        let isLeader: Bool
        let client: String?
    }

    init(_ status: NodeStatus) {
        self.status = status
        let named = status.memberAddresses
        let clients = Dictionary(status.clientAddresses.map { ($0.id, $0.address.description) }) { first, _ in first }
        let nameless = status.peers.filter { peer in !named.contains { $0.address == peer } }
        rows =
            named.map { id, address in
                Row(
                    id: id, address: address, isLearner: status.learners.contains(id), isLeader: id == status.leaderID,
                    client: clients[id])
            }
            + nameless.map {
                Row(id: nil, address: $0, isLearner: status.learners.contains($0), isLeader: false, client: nil)
            }
    }

    var text: String {
        TextTable(
            [["NODE", "CLUSTER ADDRESS", "MEMBER AS", "LEADS", "CLIENT ADDRESS"]]
                + rows.map {
                    [
                        $0.id ?? "?", $0.address, $0.isLearner ? "learner" : "voter", $0.isLeader ? "yes" : "-",
                        $0.client ?? "-",
                    ]
                }
        ).text
    }

    var json: String {
        var document = JSONObject()
        document["cluster_id"] = status.document["cluster_id"] ?? .null
        document["leader_id"] = status.document["leader_id"] ?? .null
        document["fault_tolerance"] = JSONValue(status.number("fault_tolerance"))
        document["members"] = .array(
            rows.map { row in
                var member = JSONObject()
                member["node_id"] = row.id.map { .string($0) } ?? .null
                member["address"] = .string(row.address)
                member["is_learner"] = .bool(row.isLearner)
                member["client_address"] = row.client.map { .string($0) } ?? .null
                return .object(member)
            })
        return JSONValue.object(document).text
    }
}
