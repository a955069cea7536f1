import ArgumentParser
import Bytes
import HTTP

/// `raftctl put`: writes a value.
struct PutCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Writes a value.",
        discussion:
            "Exit status 3 when --if-revision or --create does not hold, 75 when it may or may not have happened.")

    @Argument(help: "The key.")
    var key: String

    @Argument(help: "The value; without it, or for `-`, standard input.")
    var value: String?

    @Flag(help: "Only if the key is absent.")
    var create = false

    @OptionGroup var write: WriteOptions
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if create, write.ifRevision != nil { throw ValidationError("--create and --if-revision exclude each other") }
    }

    func run(on client: ClusterClient) throws {
        let bytes = if let value, value != "-" { Array(value.utf8) } else { try StandardStreams.readInput() }
        let condition = create ? [HTTPHeader("If-None-Match", "*")] : []
        let request = HTTPRequestMessage(.put, KeyPath.target(key), headers: write.headers + condition, body: bytes)
        let response = try client.send(request, effect: .once)
        let document = try response.document()
        switch cluster.output {
        case .table:
            let verb = response.status == .created ? "created" : "written"
            StandardStreams.say("\(key) \(verb) at revision \(document["revision"]?.uint64 ?? 0)")
        case .json: StandardStreams.say(JSONValue.object(document).text)
        }
    }
}

/// What every write of a key takes.
struct WriteOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only if the key is at this revision.", valueName: "n"))
    var ifRevision: UInt64?

    @Option(
        help: ArgumentHelp(
            "The name of this write, so that a repetition within ten minutes does nothing; a fresh one if left out.",
            valueName: "key"))
    var idempotencyKey: String?

    func validate() throws {
        guard idempotencyKey.map(IdempotencyHeader.isValid) ?? true else {
            throw ValidationError("--idempotency-key is 1 to 255 visible ASCII characters")
        }
    }

    var headers: [HTTPHeader] {
        let condition = ifRevision.map { [HTTPHeader("If-Match", "\"\($0)\"")] } ?? []
        return [IdempotencyHeader.make(idempotencyKey)] + condition
    }
}
