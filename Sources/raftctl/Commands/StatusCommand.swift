import ArgumentParser
import Bytes
import Reactor

/// `raftctl status`: a row a member.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows every member of the cluster.",
        discussion: "Exit status 69 when no node answers or the members that answer know no leader.")

    @OptionGroup var cluster: ClusterOptions

    func run() throws {
        let addresses = try cluster.addresses()
        let nodes = try Cluster()
        defer { nodes.close() }
        let statuses = nodes.statuses(from: addresses)
        guard statuses.contains(where: { $0.status != nil }) else {
            StandardStreams.complain(
                "no node answers at \(cluster.endpoints): is raftd running, and is this its cluster port?")
            throw ToolExit.unavailable
        }
        switch cluster.output {
        case .table: print(StatusTable(statuses).text)
        case .json: print(StatusTable(statuses).json)
        }
        guard statuses.contains(where: { $0.status?.role == "Leader" }) else {
            StandardStreams.complain("there is no leader: look at /readyz of the nodes for the reason")
            throw ToolExit.unavailable
        }
    }
}

/// The members as a person or a script reads them.
struct StatusTable {
    private let rows: [(address: Address, id: String?, status: NodeStatus?)]

    init(_ rows: [(address: Address, id: String?, status: NodeStatus?)]) {
        self.rows = rows.sorted {
            ($0.id ?? "\u{10FFFF}", $0.address.description) < ($1.id ?? "\u{10FFFF}", $1.address.description)
        }
    }

    var text: String {
        var lines = [
            [
                "NODE", "ROLE", "TERM", "LEADER", "COMMIT", "APPLIED", "LAST LOG", "CLUSTER ADDRESS", "CLIENT ADDRESS",
                "VERSION",
            ]
        ]
        lines += rows.map { address, id, status in
            guard let status else {
                return [id ?? "?", "unreachable", "-", "-", "-", "-", "-", address.description, "-", "-"]
            }
            return [
                status.nodeID, status.standing, String(status.number("term")), status.leaderID ?? "-",
                String(status.number("commit_index")), String(status.number("last_applied")),
                String(status.number("log_length")),
                address.description, status.clientAddress?.description ?? "-",
                status.document["version"]?.string ?? "?",
            ]
        }
        return TextTable(lines).text
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("nodes")
        writer.beginArray()
        for (address, id, status) in rows {
            writer.beginObject()
            writer.key("address")
            writer.value(address.description)
            writer.key("node_id")
            if let id { writer.value(id) } else { writer.null() }
            writer.key("status")
            if let status { JSONValue.object(status.document).write(to: &writer) } else { writer.null() }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
