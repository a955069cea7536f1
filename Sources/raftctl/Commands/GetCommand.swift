import ArgumentParser
import Bytes
import HTTP

/// `raftctl get`: a value, as it is.
struct GetCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Prints the value of a key.", discussion: "Exit status 2 when the key is absent.")

    @Argument(help: "The key.")
    var key: String

    @Flag(help: "Read what the node asked has, which may be old.")
    var stale = false

    @OptionGroup var cluster: ClusterOptions

    func run(on client: ClusterClient) throws {
        let target = KeyPath.target(key) + (stale ? "?consistency=stale" : "")
        let response = try client.send(HTTPRequestMessage(.get, target), effect: .none)
        guard response.status == .ok else {
            if response.status == .notFound { throw ToolFailure("\(key) does not exist", ToolExit.keyAbsent) }
            throw ServerError(response).failure
        }
        switch cluster.output {
        case .table: StandardStreams.emit(response.body)
        case .json:
            var entry = JSONObject()
            entry["key"] = .string(key)
            entry.setValue(response.body)
            entry["revision"] = response.revision.map { JSONValue($0) } ?? .null
            StandardStreams.say(JSONValue.object(entry).text)
        }
    }
}
