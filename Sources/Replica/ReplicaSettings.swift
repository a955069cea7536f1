package import Raft

/// The knobs of a replica beyond the engine's. Times in milliseconds, sizes in bytes.
package struct ReplicaSettings: Sendable {
    package var raft: RaftSettings
    package var log: SegmentedLog.Settings
    /// How long a client request may wait before it is answered as unavailable or unknown.
    package var requestTimeoutMilliseconds: UInt64
    /// After this long without a write the last batch is sealed.
    package var sealDelayMilliseconds: UInt64 = 100
    /// How often an empty node asks the peers it has not heard.
    package var helloIntervalMilliseconds: UInt64 = 100
    /// What may wait here: writes that are queued, and writes that are appended but not committed, or not written.
    package var maxPendingBytes = 64 << 20
    package var maxPendingRequests = 65_536
    /// Forwarded batches under way at once, and what one carries.
    package var maxForwardsInFlight = 4
    package var maxBytesPerForward = 1 << 20
    /// Of the outcomes that one answer to forwarded commands carries, one larger excepted; the others are asked for again.
    package var maxBytesPerForwardAnswer = 32 << 20
    /// After a forward failed, the next try waits this long unless another leader shows up.
    package var retryDelayMilliseconds: UInt64 = 20

    /// A snapshot is due after so many entries, once the log behind the last one outgrows it.
    package var snapshotEntries: UInt64 = 100_000
    /// Or, where entries are large, once the log behind the last one has so many bytes; `nil`: four segments' worth.
    package var snapshotLogBytes: UInt64?
    /// What one chunk of a snapshot carries.
    package var snapshotChunkBytes = 1 << 20
    /// A follower that takes nothing of a snapshot for so long is given up, and begun with again.
    package var snapshotTimeoutMilliseconds: UInt64 = 10_000
    /// What failed for want of space, or could not be sent, is tried again after so long.
    package var stallRetryMilliseconds: UInt64 = 1000
    /// Beyond this a write that makes the state larger is refused; the smallest limit of the members rules.
    package var maxStateSize = UInt64.max
    /// How often a leader has all members compare their states.
    package var comparisonIntervalMilliseconds: UInt64 = 10_000
    /// How this node finds a cluster to join; `nil` when it forms one with its peers.
    package var joining: JoinSettings?

    package init(raft: RaftSettings, log: SegmentedLog.Settings) {
        self.raft = raft
        self.log = log
        requestTimeoutMilliseconds = max(1500, 3 * raft.electionTimeoutMaxMilliseconds)
    }
}

/// `--join`: the cluster that a node shall be taken into.
package struct JoinSettings: Sendable {
    /// `host:port` of any member's cluster port.
    package let target: String
    package let asLearner: Bool

    package init(target: String, asLearner: Bool) {
        self.target = target
        self.asLearner = asLearner
    }
}
