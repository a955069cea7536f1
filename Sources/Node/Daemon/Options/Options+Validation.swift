import Logging
import Raft
import Reactor
import StateMachine

extension Options {
    /// What holds where the operator says nothing.
    enum Default {
        static let nodeID = "node1"
        static let sessionDBPath = "/tmp/mcp-v8-sessions"
        static let httpHost = "127.0.0.1"
        static let clusterHost = "0.0.0.0"
        static let heartbeatInterval: UInt64 = 100
        static let electionTimeoutMin: UInt64 = 300
        static let electionTimeoutMax: UInt64 = 500
        static let maxValueSize: UInt64 = 1 << 20
        static let segmentSize: UInt64 = 64 << 20
        static let snapshotEntries: UInt64 = 100_000
    }

    /// What a write may take in the log beyond its value: key, preconditions, idempotency key, record and segment header.
    static let writeOverhead: UInt64 = 64 << 10

    /// The largest value that still fits a frame between nodes with room to spare.
    static let largestMaxValueSize = UInt64(PeerCodec.maximumFrameSize / 2)

    /// Times above an hour are a slip of the hand.
    static let longestTime: UInt64 = 3_600_000

    /// Checks what the operator said: first each value by itself, then the way the node is reached, then what values say
    /// together.
    /// - Throws: the first refusal.
    init(_ settings: Settings) throws(StartFailure) {
        nodeID = try Self.nodeID(settings)
        maxValueSize = Int(
            try settings.size(.maxValueSize, in: 1...Self.largestMaxValueSize) ?? Default.maxValueSize)
        segmentSize = try settings.size(.segmentSize, in: 128 << 10...1 << 30) ?? Default.segmentSize
        snapshotEntries = try settings.number(.snapshotEntries, in: 1...UInt64.max) ?? Default.snapshotEntries
        maxStateSize = try settings.size(.maxStateSize, in: 1...UInt64.max)
        maxConnections = try settings.number(.maxConnections, in: 1...1_000_000).map { Int($0) }
        heartbeatIntervalMilliseconds =
            try settings.number(.heartbeatInterval, in: 1...Self.longestTime) ?? Default.heartbeatInterval
        electionTimeoutMinMilliseconds =
            try settings.number(.electionTimeoutMin, in: 1...Self.longestTime) ?? Default.electionTimeoutMin
        electionTimeoutMaxMilliseconds =
            try settings.number(.electionTimeoutMax, in: 1...Self.longestTime) ?? Default.electionTimeoutMax
        allowedHosts = try Self.allowList(settings, .allowedHosts)
        allowedOrigins = try Self.allowList(settings, .allowedOrigins)
        logLevel = try settings.choice(.logLevel) ?? .info
        logFormat = try settings.choice(.logFormat) ?? .text
        sessionDBPath = try Self.sessionDBPath(settings)

        let cluster = try ClusterOptions(settings, nodeID: nodeID)
        stdioSessionLog = try Self.sessionLog(settings)
        client = try ClientOptions(settings)
        try Self.checkTransport(settings, hasClientPort: client != nil)
        mode = cluster.map(Mode.cluster) ?? .standalone

        try Self.checkClusterFlags(settings)
        try cluster?.checkJoin(settings)
        try checkTimes(settings)
        try checkSizes(settings)
        try Self.checkSessionLog(settings, hasPort: client != nil || cluster != nil)
    }

    // MARK: - Values

    static func nodeID(_ settings: Settings) throws(StartFailure) -> String {
        guard let setting = settings[.nodeID] else { return Default.nodeID }
        guard NodeName.isValid(setting.text) else {
            throw setting.refusal("is not a node id: give \(NodeName.rule)")
        }
        return setting.text
    }

    static func sessionDBPath(_ settings: Settings) throws(StartFailure) -> String {
        guard let setting = settings[.sessionDBPath] else { return Default.sessionDBPath }
        guard !setting.text.isEmpty, !setting.text.utf8.contains(0) else {
            throw setting.refusal("is not a path: give a directory")
        }
        return setting.text
    }

    private static func allowList(_ settings: Settings, _ flag: FlagName) throws(StartFailure) -> AllowList {
        let elements = try settings.list(flag)
        guard let setting = settings[flag], !elements.isEmpty else { return .only([]) }
        if elements == ["*"] { return .any }
        for element in elements {
            if flag == .allowedHosts && Host.parse(element) == nil {
                throw setting.refusal(
                    "lists \(Printable.text(element)), which is no host: give names without a port, or * alone")
            }
            if flag == .allowedOrigins && !AllowList.isOrigin(element) {
                let wrong = Printable.text(element)
                throw setting.refusal(
                    "lists \(wrong), which is no origin: give https://host or https://host:port, or * alone")
            }
        }
        return .only(Set(elements.map { $0.lowercased() }))
    }

    private static func sessionLog(_ settings: Settings) throws(StartFailure) -> [UInt8]? {
        guard let setting = settings[.sessionID] else { return nil }
        let name = Array(setting.text.utf8)
        do throws(Name.Failure) {
            try Name.validate(name)
        } catch {
            throw setting.refusal("is not a session name: it \(error)")
        }
        return name
    }

    // MARK: - Values together

    private static func checkTransport(_ settings: Settings, hasClientPort: Bool) throws(StartFailure) {
        let isMetadataOnly = try settings.isOn(.metadataOnly)
        if isMetadataOnly && settings[.clusterPort] == nil {
            throw settings.refusal(
                of: [.metadataOnly],
                "--metadata-only needs --cluster-port: give both, or --http-port for a node of its own")
        }
        if isMetadataOnly && hasClientPort {
            throw settings.refusal(
                of: [.metadataOnly, .httpPort, .ssePort],
                "--metadata-only excludes --http-port and --sse-port: leave out one or the other")
        }
        if settings[.clusterPort] != nil && !hasClientPort && !isMetadataOnly {
            throw StartFailure(
                "Cluster mode requires --http-port or --sse-port (stdio transport is not supported in cluster mode)",
                status: .failure)
        }
    }

    /// Nothing is ignored: what only a cluster knows is refused without one.
    private static func checkClusterFlags(_ settings: Settings) throws(StartFailure) {
        for flag in [FlagName.peers, .join, .joinAsLearner, .advertiseAddress, .clusterHost] {
            guard settings[.clusterPort] == nil, let setting = settings[flag] else { continue }
            throw setting.refusal("needs --cluster-port: a node without it is a group of one")
        }
        if try settings.isOn(.joinAsLearner), settings[.join] == nil {
            throw settings.refusal(
                of: [.joinAsLearner], "--join-as-learner needs --join: give a member's address with it")
        }
    }

    private func checkTimes(_ settings: Settings) throws(StartFailure) {
        let heartbeat = settings.describe(.heartbeatInterval, fallback: heartbeatIntervalMilliseconds)
        let low = settings.describe(.electionTimeoutMin, fallback: electionTimeoutMinMilliseconds)
        let high = settings.describe(.electionTimeoutMax, fallback: electionTimeoutMaxMilliseconds)
        guard heartbeatIntervalMilliseconds < electionTimeoutMinMilliseconds else {
            throw settings.refusal(
                of: [.heartbeatInterval, .electionTimeoutMin],
                "\(heartbeat) is not below \(low): followers would stand before they hear the leader; a third of it is usual"
            )
        }
        guard electionTimeoutMinMilliseconds <= electionTimeoutMaxMilliseconds else {
            throw settings.refusal(
                of: [.electionTimeoutMin, .electionTimeoutMax],
                "\(low) is above \(high): lower the one or raise the other")
        }
    }

    private func checkSizes(_ settings: Settings) throws(StartFailure) {
        let needed = UInt64(maxValueSize) + Self.writeOverhead
        guard segmentSize >= needed else {
            let segment = settings.describe(.segmentSize, fallback: ByteSize.text(segmentSize))
            let value = settings.describe(.maxValueSize, fallback: ByteSize.text(UInt64(maxValueSize)))
            throw settings.refusal(
                of: [.segmentSize, .maxValueSize],
                "\(segment) cannot hold the largest write of \(value): give --segment-size \(ByteSize.text(needed)) or more"
            )
        }
    }

    /// Over HTTP each request names its session log itself.
    private static func checkSessionLog(_ settings: Settings, hasPort: Bool) throws(StartFailure) {
        guard hasPort, settings[.sessionID] != nil else { return }
        throw settings.refusal(
            of: [.sessionID, .httpPort, .ssePort, .clusterPort],
            "--session-id is for MCP over stdio, without ports: leave it out, and let clients send X-MCP-Session-Id")
    }
}
