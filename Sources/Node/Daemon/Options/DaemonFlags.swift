import ArgumentParser

/// The command line as it is typed, and its help. Every value is optional text here: what was left out may stand in the
/// environment or in a file, and refusing is not the parser's business (`Settings`, `Options`).
struct DaemonFlags: SettingsCommand {
    static let configuration = CommandConfiguration(
        commandName: "raftd",
        abstract: "A replicated key-value store: one node of a cluster, or a node of its own.",
        usage: """
            raftd [--session-id NAME] [options]
            raftd --http-port PORT [options]
            raftd --cluster-port PORT --node-id ID --peers LIST --http-port PORT [options]
            raftd --cluster-port PORT --node-id ID --join HOST:PORT --http-port PORT [options]
            raftd recover --force-single --node-id ID [--session-db-path DIR] [--advertise-addr HOST:PORT] [--yes]
            """,
        discussion: """
            Without a port it serves one client on stdin and stdout: MCP, a JSON message a line.

            Every flag may also be given in the environment (RAFTD_HTTP_PORT for --http-port) or, under its name, in the JSON \
            object of a --config file. The command line wins over the environment, the environment over the file.

            Sizes are bytes, or end in KiB, MiB or GiB; times are milliseconds.
            """,
        version: "raftd \(Version.current)"
    )

    @OptionGroup(title: "Cluster") var cluster: ClusterFlags
    @OptionGroup(title: "Clients") var clients: ClientFlags
    @OptionGroup(title: "Storage") var storage: StorageFlags
    @OptionGroup(title: "Timing") var timing: TimingFlags
    @OptionGroup(title: "Logs and configuration") var logging: LoggingFlags

    /// What was typed.
    var given: [FlagName: String] {
        let all = [cluster.given, clients.given, storage.given, timing.given, logging.given]
        return all.reduce(into: [:]) { given, group in
            given.merge(group.compactMapValues { $0 }) { _, _ in preconditionFailure("a flag stands in two groups") }
        }
    }
}

struct ClusterFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Port for the other nodes; turns cluster mode on.", valueName: "port"))
    var clusterPort: String?

    @Option(help: ArgumentHelp("This node's name in logs, peer tables and status. (default: node1)", valueName: "id"))
    var nodeID: String?

    @Option(
        help: ArgumentHelp(
            "The other members of a cluster that forms: id@host:port or host:port, separated by commas.",
            valueName: "list"))
    var peers: String?

    @Option(
        help: ArgumentHelp(
            "Any member of the cluster that this node shall join; counts only while its directory is empty.",
            valueName: "host:port"))
    var join: String?

    @Flag(help: "Join as a non-voting learner, and stay one.")
    var joinAsLearner = false

    @Option(
        help: ArgumentHelp(
            "The cluster address that the others are told. (default: {node-id}:{cluster-port})", valueName: "host:port")
    )
    var advertiseAddr: String?

    @Option(help: ArgumentHelp("The IP address that the cluster port listens on. (default: 0.0.0.0)", valueName: "ip"))
    var clusterHost: String?

    @Flag(help: "A cluster node without a client port.")
    var metadataOnly = false

    var given: [FlagName: String?] {
        [
            .clusterPort: clusterPort, .nodeID: nodeID, .peers: peers, .join: join,
            .joinAsLearner: joinAsLearner ? "true" : nil, .advertiseAddress: advertiseAddr, .clusterHost: clusterHost,
            .metadataOnly: metadataOnly ? "true" : nil,
        ]
    }
}

struct ClientFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Port for clients: the REST API under /v1; 0 takes a free port.", valueName: "port"))
    var httpPort: String?

    @Option(
        help: ArgumentHelp("The same, for clients of the older MCP transport; excludes --http-port.", valueName: "port")
    )
    var ssePort: String?

    @Option(help: ArgumentHelp("The IP address that the client port listens on. (default: 127.0.0.1)", valueName: "ip"))
    var httpHost: String?

    @Option(
        help: ArgumentHelp(
            "Connections served at once; more get 503. (default: the descriptor limit less a reserve)",
            valueName: "n"))
    var maxConnections: String?

    @Option(
        help: ArgumentHelp(
            "Host names that browsers may reach this node by, beyond its own, separated by commas; * is any.",
            valueName: "list"))
    var allowedHosts: String?

    @Option(
        help: ArgumentHelp(
            "Origins (https://host) whose pages may call this node, separated by commas; * is any.", valueName: "list"))
    var allowedOrigins: String?

    @Option(help: ArgumentHelp("The session log of calls on stdio that name none. (default: none)", valueName: "name"))
    var sessionID: String?

    var given: [FlagName: String?] {
        [
            .httpPort: httpPort, .ssePort: ssePort, .httpHost: httpHost, .maxConnections: maxConnections,
            .allowedHosts: allowedHosts, .allowedOrigins: allowedOrigins, .sessionID: sessionID,
        ]
    }
}

struct StorageFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Where all state lives. (default: \(Options.Default.sessionDBPath))", valueName: "dir"))
    var sessionDBPath: String?

    @Option(help: ArgumentHelp("The largest value; larger ones get 413. (default: 1MiB)", valueName: "size"))
    var maxValueSize: String?

    @Option(
        help: ArgumentHelp("The size of a log segment; it holds the largest write. (default: 64MiB)", valueName: "size")
    )
    var segmentSize: String?

    @Option(
        help: ArgumentHelp(
            "The most that the state may grow to; larger gets 507, on every member. (default: a quarter of memory)",
            valueName: "size"))
    var maxStateSize: String?

    @Option(help: ArgumentHelp("Compact the log after so many entries. (default: 100000)", valueName: "n"))
    var snapshotEntries: String?

    var given: [FlagName: String?] {
        [
            .sessionDBPath: sessionDBPath, .maxValueSize: maxValueSize, .segmentSize: segmentSize,
            .maxStateSize: maxStateSize, .snapshotEntries: snapshotEntries,
        ]
    }
}

struct TimingFlags: ParsableArguments {
    @Option(help: ArgumentHelp("How often a leader is heard at least. (default: 100)", valueName: "ms"))
    var heartbeatInterval: String?

    @Option(help: ArgumentHelp("Low end of the random election time-out. (default: 300)", valueName: "ms"))
    var electionTimeoutMin: String?

    @Option(help: ArgumentHelp("High end of the random election time-out. (default: 500)", valueName: "ms"))
    var electionTimeoutMax: String?

    var given: [FlagName: String?] {
        [
            .heartbeatInterval: heartbeatInterval, .electionTimeoutMin: electionTimeoutMin,
            .electionTimeoutMax: electionTimeoutMax,
        ]
    }
}

struct LoggingFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: info)", valueName: "level"))
    var logLevel: String?

    @Option(help: ArgumentHelp("text or json; logs go to stderr. (default: text)", valueName: "format"))
    var logFormat: String?

    @Option(help: ArgumentHelp("A JSON file with flags, by name.", valueName: "file"))
    var config: String?

    var given: [FlagName: String?] {
        [.logLevel: logLevel, .logFormat: logFormat, .config: config]
    }
}
