import ArgumentParser

/// How a command reaches the cluster, and how it prints.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Cluster addresses of one or more nodes, separated by commas; the others are found.",
            valueName: "host:port,..."))
    var endpoints = "127.0.0.1:7001"

    @Option(help: ArgumentHelp("How to print.", valueName: "table|json"))
    var output = OutputFormat.table

    @Option(help: ArgumentHelp("How long to look for a node that answers, in seconds.", valueName: "s"))
    var timeout = 10

    func validate() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is a number from 1 to 3600") }
    }

    /// - Throws: `ValidationError` (exit 64) for an address that is none.
    func addresses() throws -> [Address] {
        let parts = endpoints.split(separator: ",", omittingEmptySubsequences: false)
        return try parts.map { part in
            guard let address = Address(String(part)) else {
                throw ValidationError("--endpoints: `\(part)` is not host:port, such as 10.0.0.1:7001 without http://")
            }
            return address
        }
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}
