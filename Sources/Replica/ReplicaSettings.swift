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
    /// After a forward failed, the next try waits this long unless another leader shows up.
    package var retryDelayMilliseconds: UInt64 = 20

    package init(raft: RaftSettings, log: SegmentedLog.Settings) {
        self.raft = raft
        self.log = log
        requestTimeoutMilliseconds = max(1500, 3 * raft.electionTimeoutMaxMilliseconds)
    }
}
