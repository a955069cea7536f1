import ArgumentParser
import Bytes
import HTTP

/// `raftctl list`: keys with their values, in order.
struct ListCommand: ClusterCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows the keys that begin with a prefix, in order.",
        discussion:
            "Fetched page by page: each page is of one moment, all together are not. With json one object a line.")

    @Argument(help: "What the keys begin with; nothing for all.")
    var prefix = ""

    @Option(help: ArgumentHelp("At most so many keys.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Only keys behind this one.", valueName: "key"))
    var startAfter: String?

    @Flag(help: "Only the keys, one a line.")
    var keysOnly = false

    @Flag(help: "Read what the node asked has, which may be old.")
    var stale = false

    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit is a number from 1") }
    }

    func run(on client: ClusterClient) throws {
        var rest = limit ?? Int.max
        var after = startAfter
        var rows = [["KEY", "REVISION", "VALUE"]]
        repeat {
            let page = try client.send(HTTPRequestMessage(.get, target(after, limit: min(rest, 1000))), effect: .none)
                .document()
            let entries = page["entries"]?.array?.compactMap(\.object) ?? []
            rest -= entries.count
            after = page["next"]?.string
            for entry in entries {
                if let line = line(entry) {
                    guard StandardStreams.say(line) else { return }
                } else {
                    rows.append(EntryText.cells(entry))
                }
            }
        } while after != nil && rest > 0
        if cluster.output == .table, !keysOnly, rows.count > 1 { StandardStreams.say(TextTable(rows).text) }
    }

    /// What can be printed at once, for it needs no columns.
    private func line(_ entry: JSONObject) -> String? {
        let key = entry["key"]?.string ?? ""
        switch cluster.output {
        case .json: return keysOnly ? JSONValue.string(key).text : JSONValue.object(entry).text
        case .table: return keysOnly ? ShownText.shown(Array(key.utf8), limit: 1024) : nil
        }
    }

    private func target(_ after: String?, limit: Int) -> String {
        let start = after.map { "&start_after=\(RequestTarget.percentEncoded($0.utf8))" } ?? ""
        let consistency = stale ? "&consistency=stale" : ""
        return "/v1/kv?prefix=\(RequestTarget.percentEncoded(prefix.utf8))&limit=\(limit)\(start)\(consistency)"
    }
}
