package import Raft

/// A chunk of a snapshot file to be read for a follower.
package struct SnapshotRead: Sendable, Equatable {
    /// Relative to the data directory.
    package let path: String
    package let offset: UInt64
    /// Fewer bytes are only there at the end of the file.
    package let count: Int
    package let member: Member.Number
    /// Which transfer wants it: an answer to one that is over is dropped.
    let transfer: UInt64
}
