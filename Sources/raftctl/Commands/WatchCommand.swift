import ArgumentParser
import Bytes
import HTTP
import Reactor

/// `raftctl watch`: changes as they happen, from any node, without a gap when one is lost.
struct WatchCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Shows changes of keys as they happen, until it is interrupted.",
        discussion: """
            When a node is lost it goes on at the next one, every change once and in order. With json one object a line. Exit \
            status 1 when the changes asked for are older than what the cluster keeps.
            """)

    @Argument(help: "What the keys begin with; nothing for all.")
    var prefix = ""

    @Option(help: ArgumentHelp("From this revision on; without it from now.", valueName: "n"))
    var fromRevision: UInt64?

    @Option(help: ArgumentHelp("End after so many changes.", valueName: "n"))
    var count: Int?

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count is a number from 1") }
    }

    func run(on client: ClusterClient) throws {
        let start = try fromRevision ?? revision(client) + 1
        var watch = Watch(output: cluster.output, rest: count ?? Int.max)
        var silentSince = client.nodes.loop.nowNanoseconds
        while true {
            for address in client.findClientAddresses() {
                let end = follow(&watch, start: start, at: address, client)
                if watch.hasProgressed { silentSince = client.nodes.loop.nowNanoseconds }
                switch end {
                case .stopped: return
                // Below the floor, or nonsense: the next node says the same.
                case .refused(let refusal) where refusal.status.hundreds == 4: throw refusal.failure
                case .refused, .complete, .lost: continue
                }
            }
            let silence = (client.nodes.loop.nowNanoseconds - silentSince) / 1_000_000
            guard silence < client.timeoutMilliseconds else {
                throw ToolFailure("no node of \(cluster.endpoints) can be watched any more", ToolExit.unavailable)
            }
            client.forgetClientAddresses()
            client.nodes.pause(milliseconds: 100)
        }
    }

    private func revision(_ client: ClusterClient) throws -> UInt64 {
        let page = try client.send(HTTPRequestMessage(.get, "/v1/kv?limit=1"), effect: .none).document()
        return page["revision"]?.uint64 ?? 0
    }

    private func follow(
        _ watch: inout Watch, start: UInt64, at address: Address, _ client: ClusterClient
    ) -> ClusterClient.StreamEnd {
        let target = "/v1/watch?prefix=\(RequestTarget.percentEncoded(prefix.utf8))&from_revision=\(start)"
        let headers = watch.lastID.map { [HTTPHeader("Last-Event-ID", $0)] } ?? []
        var current = watch.reconnected()
        let end = client.stream(HTTPRequestMessage(.get, target, headers: headers), from: address) { current.take($0) }
        watch = current
        return end
    }
}

/// What has been seen so far.
private struct Watch {
    let output: OutputFormat
    /// How many changes are still wanted.
    private(set) var rest: Int
    /// Where to go on.
    private(set) var lastID: String?
    /// Whether this connection told anything.
    private(set) var hasProgressed = false
    private var parser = EventStreamParser()

    init(output: OutputFormat, rest: Int) {
        self.output = output
        self.rest = rest
    }

    /// The same on a new connection.
    func reconnected() -> Watch {
        var watch = self
        watch.parser = EventStreamParser()
        watch.hasProgressed = false
        return watch
    }

    /// - Returns: whether more is wanted.
    mutating func take(_ bytes: [UInt8]) -> Bool {
        for event in parser.add(bytes) {
            guard event.name != "error" else { return true }  // the node ends the connection
            lastID = event.id ?? lastID
            hasProgressed = true
            guard event.name == "put" || event.name == "delete" else { continue }
            guard StandardStreams.say(line(event)) else { return false }
            rest -= 1
            if rest == 0 { return false }
        }
        return true
    }

    private func line(_ event: EventStreamParser.Event) -> String {
        let change = JSONObject(reading: Array(event.data.utf8)) ?? JSONObject()
        switch output {
        case .table:
            let cells = EntryText.cells(change)
            return "\(event.id ?? "-")  \(event.name)  \(cells[0])" + (event.name == "put" ? "  \(cells[2])" : "")
        case .json:
            var object = JSONObject()
            object["id"] = event.id.map { .string($0) } ?? .null
            object["event"] = .string(event.name)
            for member in change.members { object[member.key] = member.value }
            return JSONValue.object(object).text
        }
    }
}
