/// The knobs of the engine. Times in milliseconds, sizes in bytes.
package struct RaftSettings: Sendable {
    package var heartbeatIntervalMilliseconds: UInt64 = 100
    package var electionTimeoutMinMilliseconds: UInt64 = 300
    package var electionTimeoutMaxMilliseconds: UInt64 = 500
    /// The most that one AppendEntries carries, one entry at least.
    package var maxBytesPerAppend = 1 << 20
    /// What may be on its way to one follower unacknowledged.
    package var maxInflightAppends = 16
    package var maxInflightBytes = 8 << 20
    /// Committed entries kept in memory for followers that lag a little; the others are read from disk.
    package var windowBytes = 32 << 20

    package init() {}
}
