import ArgumentParser
import Bytes
import HTTP
import StateMachine

/// `raftctl backup`: the state of one moment, as one file.
struct BackupCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Saves all data as of one moment to a file, and verifies it.",
        discussion: "The cluster goes on meanwhile. See `raftctl restore` for the way back.")

    @Argument(help: "The file; it must not exist.")
    var file: String

    @OptionGroup var cluster: ClusterOptions

    func run(on client: ClusterClient) throws {
        let file = try NewFile(file)
        do {
            let state = try fetch(into: file, client)
            try file.finish()
            report(state)
        } catch {
            file.discard()
            throw error
        }
    }

    /// Each node that can be asked once; an answer that was cut off is of no use, for the next node's bytes are of another moment.
    private func fetch(into file: NewFile, _ client: ClusterClient) throws(ToolFailure) -> StateMachine {
        var answer: String?
        var reason = "no node answers that has a client port"
        for address in client.findClientAddresses() {
            try file.clear()
            let backup = Backup(file)
            switch client.stream(HTTPRequestMessage(.get, "/v1/backup"), from: address, backup.add) {
            case .complete: return try backup.finish()
            case .stopped: if let failure = backup.failure { throw failure }
            case .refused(let refusal): answer = "\(address) answers: \(refusal.message)"
            case .lost(let error): reason = "\(address): \(error)"
            }
        }
        throw ToolFailure("no backup from \(cluster.endpoints): \(answer ?? reason)", ToolExit.unavailable)
    }

    private func report(_ state: StateMachine) {
        switch cluster.output {
        case .table: StandardStreams.say("\(state.count) keys at revision \(state.lastApplied) are in \(file)")
        case .json:
            var object = JSONObject()
            object["file"] = .string(file)
            object["revision"] = JSONValue(state.lastApplied)
            object["keys"] = JSONValue(UInt64(state.count))
            StandardStreams.say(JSONValue.object(object).text)
        }
    }
}

/// A backup as it comes: to the file, and through the decoder.
private final class Backup {
    private(set) var failure: ToolFailure?
    private let file: NewFile
    private var decoder = SnapshotDecoder()

    init(_ file: NewFile) {
        self.file = file
    }

    /// - Returns: false when it is of no use to go on.
    func add(_ bytes: [UInt8]) -> Bool {
        do throws(ToolFailure) {
            try file.append(bytes)
            try SnapshotReader.add(bytes, to: &decoder, "the backup")
            return true
        } catch {
            failure = error
            return false
        }
    }

    func finish() throws(ToolFailure) -> StateMachine { try SnapshotReader.finish(&decoder, "the backup") }
}
