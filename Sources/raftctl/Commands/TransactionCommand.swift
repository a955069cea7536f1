import ArgumentParser
import Bytes
import HTTP

/// `raftctl txn`: several operations at once, or none.
struct TransactionCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "txn", abstract: "Does several operations at once, if comparisons hold.",
        discussion: """
            Reads {"compare":[…],"then":[…],"else":[…]}. A comparison is {"key":K} with "value", "revision" or "exists"; an operation \
            {"put":{"key":K,"value":V}}, {"delete":{"key":K}} or {"get":{"key":K}}. Exit status 3 when a comparison does not hold \
            and `else` was done instead.
            """)

    @Argument(help: "A file with the transaction; without it, or for `-`, standard input.")
    var file: String?

    @Option(
        help: ArgumentHelp(
            "The name of this write, so that a repetition within ten minutes does nothing; a fresh one if left out.",
            valueName: "key"))
    var idempotencyKey: String?

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard idempotencyKey.map(IdempotencyHeader.isValid) ?? true else {
            throw ValidationError("--idempotency-key is 1 to 255 visible ASCII characters")
        }
    }

    func run(on client: ClusterClient) throws {
        let body =
            if let file, file != "-" { try StandardStreams.read(file: file) } else { try StandardStreams.readInput() }
        let request = HTTPRequestMessage.json(
            .post, "/v1/txn", body, headers: [IdempotencyHeader.make(idempotencyKey)])
        let document = try client.send(request, effect: .once).document()
        let hasSucceeded = document["succeeded"]?.bool ?? false
        switch cluster.output {
        case .json: StandardStreams.say(JSONValue.object(document).text)
        case .table:
            let branch = hasSucceeded ? "the comparisons hold" : "a comparison does not hold, `else` was done"
            StandardStreams.say("\(branch), revision \(document["revision"]?.uint64 ?? 0)")
            for result in document["results"]?.array ?? [] { StandardStreams.say(result.text) }
        }
        if !hasSucceeded { throw ToolExit.compareFailed }
    }
}
