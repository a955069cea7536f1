import ArgumentParser
import Bytes
import HTTP

/// `raftctl transfer`: moves leadership.
struct TransferCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Moves leadership to another voter, without an election time-out.")

    @Argument(help: "The id of the voter that is to lead.")
    var nodeID: String

    @OptionGroup var cluster: ClusterOptions

    func run(on client: ClusterClient) throws {
        let request = HTTPRequestMessage.administration("/raft/transfer", ["to": .string(nodeID)])
        _ = try client.send(request, to: .cluster, effect: .once).document()
        Done.say("\(nodeID) leads", cluster.output)
    }
}
