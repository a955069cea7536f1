import Raft
package import Replica

/// What world a simulation builds.
package struct SimulationSettings: Sendable {
    package var nodes = 3
    /// How many of them form the cluster, the first ones; `nil` for all. The others are there to join it.
    package var founders: Int?
    /// Whether nodes announce where their clients find them.
    package var announces = false
    /// Whether `--peers` names its nodes or gives their addresses alone.
    package var namesPeers = true
    /// Segments are small, so that crashes fall between them too.
    package var replica = ReplicaSettings(
        raft: RaftSettings(), log: SegmentedLog.Settings(segmentSize: 16 << 10, maxBatchSize: 8 << 10))
    package var network = NetworkSettings()
    /// What a job of the disk takes, in microseconds.
    package var diskMicroseconds: ClosedRange<UInt64> = 100...600
    /// Whether a crash leaves parts of what was not synced.
    package var tearsWrites = true
    package var ignoresSync = false

    package init() {}
}

/// How good the network is. Times in microseconds, rates from 0 to 1.
package struct NetworkSettings: Sendable {
    package var delayMicroseconds: ClosedRange<UInt64> = 50...500
    /// Requests that never arrive, and answers that never do.
    package var requestLossRate = 0.0
    package var answerLossRate = 0.0
    /// Requests that arrive twice.
    package var duplicationRate = 0.0
    /// Whether what goes to one node over one channel arrives in order, as on one TCP connection.
    package var keepsOrder = true
    /// When a sender gives up.
    package var timeoutMicroseconds: UInt64 = 1_000_000

    package init() {}
}
