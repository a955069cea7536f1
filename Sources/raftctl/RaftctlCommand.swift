import ArgumentParser

/// `raftctl`: the admin and load tool.
struct RaftctlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raftctl",
        abstract: "Looks at a raftd cluster and loads it.",
        version: "raftctl 0.1.0",
        subcommands: [StatusCommand.self, BenchCommand.self]
    )
}

/// How a command reaches the cluster, and how it prints.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Cluster addresses of one or more nodes, separated by commas; the others are found.",
            valueName: "host:port,..."))
    var endpoints = "127.0.0.1:7001"

    @Option(help: ArgumentHelp("How to print.", valueName: "table|json"))
    var output = OutputFormat.table

    /// - Throws: `ValidationError` (exit 64) for an address that is none.
    func addresses() throws -> [Address] {
        let parts = endpoints.split(separator: ",", omittingEmptySubsequences: false)
        return try parts.map { part in
            guard let address = Address(String(part)) else {
                throw ValidationError("--endpoints: `\(part)` is not host:port")
            }
            return address
        }
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}

/// The exit codes of `raftctl` beyond success, failure and usage.
enum ToolExit {
    /// No node answers, or there is no leader.
    static let unavailable = ExitCode(69)
}
