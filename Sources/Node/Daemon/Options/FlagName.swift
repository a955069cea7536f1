/// A flag that carries a value, by its name on the command line. It is called the same in the configuration file.
enum FlagName: String, CaseIterable, Sendable {
    case clusterPort = "cluster-port"
    case nodeID = "node-id"
    case peers
    case join
    case joinAsLearner = "join-as-learner"
    case advertiseAddress = "advertise-addr"
    case heartbeatInterval = "heartbeat-interval"
    case electionTimeoutMin = "election-timeout-min"
    case electionTimeoutMax = "election-timeout-max"
    case httpPort = "http-port"
    case ssePort = "sse-port"
    case metadataOnly = "metadata-only"
    case sessionDBPath = "session-db-path"
    case httpHost = "http-host"
    case clusterHost = "cluster-host"
    case maxValueSize = "max-value-size"
    case maxStateSize = "max-state-size"
    case segmentSize = "segment-size"
    case snapshotEntries = "snapshot-entries"
    case allowedHosts = "allowed-hosts"
    case allowedOrigins = "allowed-origins"
    case sessionID = "session-id"
    case maxConnections = "max-connections"
    case logLevel = "log-level"
    case logFormat = "log-format"
    case config

    /// Whether it stands alone on the command line; elsewhere it is `true` or `false`.
    var isSwitch: Bool { self == .joinAsLearner || self == .metadataOnly }

    /// Whether its value is a list, which the configuration file may write as an array.
    var isList: Bool { self == .peers || self == .allowedHosts || self == .allowedOrigins }

    /// `RAFTD_HTTP_PORT` for `--http-port`.
    var environmentName: String {
        "RAFTD_" + rawValue.uppercased().replacing("-", with: "_")
    }
}
