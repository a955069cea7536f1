import ArgumentParser
import Bytes
import HTTP

/// `raftctl join`: adds a running node, or tells the cluster its new address.
struct JoinCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Adds a running node to the cluster.",
        discussion: """
            The node must run with an empty directory and answer at the address. It joins as a learner and becomes a voter when it \
            has caught up. The usual way is to start the node with --join instead.
            """)

    @Argument(help: "The node's id.")
    var nodeID: String

    @Argument(help: ArgumentHelp("Its cluster address, as the other members reach it.", valueName: "host:port"))
    var address: String

    @Flag(help: "Stay a learner: get everything, vote on nothing.")
    var asLearner = false

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard Address(address) != nil else { throw ValidationError("`\(address)` is not host:port") }
    }

    func run(on client: ClusterClient) throws {
        let request = HTTPRequestMessage.administration(
            "/raft/join",
            ["node_id": .string(nodeID), "addr": .string(address), "as_learner": .bool(asLearner)])
        _ = try client.send(request, to: .cluster, effect: .once).document()
        Done.say("\(nodeID) is a member at \(address)", cluster.output)
    }
}

/// The answer of a command that has nothing to show.
enum Done {
    static func say(_ what: String, _ output: OutputFormat) {
        StandardStreams.say(output == .json ? #"{"ok":true}"# : what)
    }
}
