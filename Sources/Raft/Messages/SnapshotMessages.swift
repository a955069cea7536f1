/// A piece of a snapshot on its way to a follower that the log no longer reaches (thesis 5.2). `position`, `size` and `checksum`
/// say of which: a transfer that broke off goes on with the same one, wherever the follower stands.
package struct InstallSnapshot: Sendable, Equatable {
    /// The last entry that the snapshot covers.
    package let position: LogPosition
    /// Bytes of the whole stream.
    package let size: UInt64
    /// CRC-32C of the whole stream.
    package let checksum: UInt32
    /// Where in the stream `bytes` belong.
    package let offset: UInt64
    /// At most 1 MiB.
    package let bytes: [UInt8]

    package init(position: LogPosition, size: UInt64, checksum: UInt32, offset: UInt64, bytes: [UInt8]) {
        self.position = position
        self.size = size
        self.checksum = checksum
        self.offset = offset
        self.bytes = bytes
    }
}

package enum InstallSnapshotResponse: Sendable, Equatable {
    /// Everything before `offset` is durable: the piece wanted next.
    case received(offset: UInt64)
    /// The follower's log stands at this index or beyond, durably so.
    case installed(LogIndex)
    /// The request's term is over; the header tells the new one.
    case staleTerm
    /// The recipient's disk is full: the piece was not kept.
    case noSpace
}
