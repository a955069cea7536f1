import ArgumentParser
import Bytes
import Raft
import StateMachine
import Storage

/// `raftctl restore`: a backup becomes the directory of the first node of a new cluster.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes the directory of a new cluster's first node out of a backup.",
        discussion: """
            Start raftd on DIR with the same --node-id and --advertise-addr afterwards, and add the other nodes with --join. It is a \
            new cluster: nodes of the old one cannot take part. Revisions go on a million behind the backup's, so that they never go \
            backwards and watchers of the old cluster are told to begin anew.
            """)

    @Argument(help: "The backup; `-` is standard input.")
    var file: String

    @Argument(help: "The --session-db-path of the new node; it must not hold data of this node id.")
    var dir: String

    @Option(help: "The new node's id.")
    var nodeID = "node1"

    @Option(
        help: ArgumentHelp(
            "The new node's cluster address, as others will reach it; by default the node id and --cluster-port.",
            valueName: "host:port"))
    var advertiseAddr: String?

    @Option(help: ArgumentHelp("The new node's cluster port, if --advertise-addr is left out.", valueName: "port"))
    var clusterPort: UInt16?

    @Option(help: ArgumentHelp("How to print.", valueName: "table|json"))
    var output = OutputFormat.table

    func validate() throws {
        let isNamed = !nodeID.isEmpty && nodeID.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard isNamed, !nodeID.hasPrefix(".") else { throw ValidationError("--node-id `\(nodeID)` is no node id") }
        guard Address(address) != nil else {
            throw ValidationError("give --advertise-addr host:port, or --cluster-port for \(nodeID):port")
        }
    }

    private var address: String { advertiseAddr ?? clusterPort.map { "\(nodeID):\($0)" } ?? "" }

    func run() throws {
        try ToolFailure.reported {
            let backup = try SnapshotReader.state(inFile: file)
            let cluster = SuccessorCluster(
                of: nodeID, at: address, continuing: backup, after: backup.view().position)
            let path = try write(cluster)
            report(path, cluster, backup)
        }
    }

    /// - Returns: the node's directory.
    private func write(_ cluster: SuccessorCluster) throws(ToolFailure) -> String {
        let path = "\(dir)/cluster-\(nodeID)"
        let unfinished = "\(dir)/restoring-\(nodeID)"
        do {
            try PrivateFolder.makeAll(dir)
            guard try !PrivateFolder.exists(path) else {
                throw ToolFailure("\(path) exists: move it away, or choose another directory")
            }
            try cluster.write(into: unfinished)
            try PrivateFolder.rename(unfinished, to: path)
        } catch let failure as ToolFailure {
            throw failure
        } catch {
            throw ToolFailure("\(error)")
        }
        return path
    }

    private func report(_ path: String, _ cluster: SuccessorCluster, _ backup: StateMachine) {
        switch output {
        case .table:
            StandardStreams.say(
                "\(backup.count) keys of revision \(backup.lastApplied) are in \(path), cluster \(cluster.clusterID)"
            )
            StandardStreams.say(
                "revisions go on after \(cluster.position.index); start raftd with --node-id \(nodeID) --advertise-addr \(address)"
            )
        case .json:
            var object = JSONObject()
            object["path"] = .string(path)
            object["cluster_id"] = .string(cluster.clusterID.description)
            object["keys"] = JSONValue(UInt64(backup.count))
            object["revision"] = JSONValue(cluster.position.index)
            StandardStreams.say(JSONValue.object(object).text)
        }
    }
}
