import ArgumentParser
import Bytes
import HTTP

/// `raftctl del`: deletes a key.
struct DeleteCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "del", abstract: "Deletes a key; an absent one is no failure.",
        discussion: "Exit status 3 when --if-revision does not hold, 75 when it may or may not have happened.")

    @Argument(help: "The key.")
    var key: String

    @OptionGroup var write: WriteOptions
    @OptionGroup var cluster: ClusterOptions

    func run(on client: ClusterClient) throws {
        let request = HTTPRequestMessage(.delete, KeyPath.target(key), headers: write.headers)
        let document = try client.send(request, effect: .once).document()
        switch cluster.output {
        case .table:
            let isDeleted = document["deleted"]?.bool ?? false
            StandardStreams.say(
                isDeleted ? "\(key) deleted at revision \(document["revision"]?.uint64 ?? 0)" : "\(key) did not exist")
        case .json: StandardStreams.say(JSONValue.object(document).text)
        }
    }
}
