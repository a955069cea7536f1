package import Logging
package import Raft
package import Reactor

/// What the operator decided: every value checked, nothing left to refuse. Times in milliseconds, sizes in bytes.
package struct Options: Sendable, Equatable {
    package enum Mode: Sendable, Equatable {
        /// A group of one, whose data lie in `sessions`.
        case standalone
        case cluster(ClusterOptions)
    }

    package let mode: Mode
    package let nodeID: String
    /// Nil for a metadata-only node, and for one that serves stdin and stdout.
    package let client: ClientOptions?
    /// The session log of calls on stdin that name none.
    package let stdioSessionLog: [UInt8]?

    package let sessionDBPath: String
    package let maxValueSize: Int
    package let segmentSize: UInt64
    /// The log is compacted after so many applied entries, and once it outgrows the last snapshot.
    package let snapshotEntries: UInt64
    /// Nil: a quarter of the memory (`Memory`).
    package let maxStateSize: UInt64?
    /// Nil: as many as the descriptor limit allows (`ConnectionLimit`).
    package let maxConnections: Int?

    /// - Invariant: 0 < heartbeat < election minimum <= election maximum
    package let heartbeatIntervalMilliseconds: UInt64
    package let electionTimeoutMinMilliseconds: UInt64
    package let electionTimeoutMaxMilliseconds: UInt64

    /// By which names, beyond its own, a browser may reach this node.
    package let allowedHosts: AllowList
    /// Which pages' scripts may call this node.
    package let allowedOrigins: AllowList

    package let logLevel: Logger.Level
    package let logFormat: LogFormat

    /// Whether its one client is on stdin and stdout.
    package var servesStdio: Bool { mode == .standalone && client == nil }

    /// What only a member of a cluster has.
    package var cluster: ClusterOptions? {
        if case .cluster(let cluster) = mode { cluster } else { nil }
    }

    /// The engine's knobs.
    package var raftSettings: RaftSettings {
        var settings = RaftSettings()
        settings.heartbeatIntervalMilliseconds = heartbeatIntervalMilliseconds
        settings.electionTimeoutMinMilliseconds = electionTimeoutMinMilliseconds
        settings.electionTimeoutMaxMilliseconds = electionTimeoutMaxMilliseconds
        return settings
    }

    /// The log's knobs.
    package var logSettings: SegmentedLog.Settings { SegmentedLog.Settings(segmentSize: segmentSize) }
}

/// The cluster port, and who is behind it.
package struct ClusterOptions: Sendable, Equatable {
    package let listenAddress: SocketAddress
    /// The address that the other members are told.
    package let advertiseAddress: HostPort
    /// Whether the operator chose `advertiseAddress`; else it is `{node-id}:{cluster-port}`, and what the peers list is better.
    package let isAdvertiseAddressExplicit: Bool
    /// The other members as listed: addresses distinct, ids distinct, this node not among them.
    package let peers: [PeerSpecification]
    /// The member to ask for being taken in; then there are no peers. It counts only in an empty directory.
    package let join: JoinOptions?
}

/// `--join` and `--join-as-learner`.
package struct JoinOptions: Sendable, Equatable {
    package let target: HostPort
    package let asLearner: Bool
}

/// The client port.
package struct ClientOptions: Sendable, Equatable {
    package enum Transport: Sendable, Equatable {
        /// `--http-port`
        case streamableHTTP
        /// `--sse-port`
        case serverSentEvents
    }

    /// Port 0 takes a free one.
    package let listenAddress: SocketAddress
    package let transport: Transport
}

/// How log lines look.
package enum LogFormat: String, Sendable, CaseIterable {
    case text
    case json
}
