package import Raft

/// What a member publishes of itself. The state keeps the last one of each member.
package struct Announcement: Sendable, Equatable {
    /// The longest version, in bytes of UTF-8.
    package static let maximumVersionCount = 255

    package let instance: InstanceID
    package let nodeID: String
    /// `host:port` where it takes requests of clients; `nil` when it takes none.
    package let clientAddress: String?
    /// Of its program.
    package let version: String
    /// The most bytes that its state may have: the cluster obeys the smallest.
    package let maxStateSize: UInt64
    /// The most bytes that it takes as one value.
    package let maxValueSize: UInt64

    package init(
        instance: InstanceID, nodeID: String, clientAddress: String?, version: String, maxStateSize: UInt64,
        maxValueSize: UInt64
    ) {
        self.instance = instance
        self.nodeID = nodeID
        self.clientAddress = clientAddress
        self.version = version
        self.maxStateSize = maxStateSize
        self.maxValueSize = maxValueSize
    }

    /// What it weighs, in bytes: its texts and a little for the rest.
    package var byteCount: Int {
        64 + nodeID.utf8.count + (clientAddress?.utf8.count ?? 0) + version.utf8.count
    }
}
