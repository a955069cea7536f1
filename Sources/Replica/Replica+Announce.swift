import Raft
import StateMachine

/// What this node has to tell the others of itself, which they keep as part of the replicated state: where its clients find it, its
/// version, its limits.
struct Announcing {
    /// As it should stand in the state.
    var announcement: Announcement?
    /// Whether a write of it is under way.
    var isUnderWay = false
    var nextTry = Instant.zero
}

extension Replica {
    /// The id of this node's own write: no client has it.
    static let announcementRequest = ClientRequest.ID.max

    /// Has the cluster know this node's client port and limits, as soon as it is a member and there is a leader.
    /// - Parameter clientAddress: `host:port`; `nil` for a node without a client port
    package func announce(clientAddress: String?, version: String, maxValueSize: UInt64) {
        announcing.announcement = Announcement(
            instance: identity.instance, nodeID: identity.nodeID, clientAddress: clientAddress, version: version,
            maxStateSize: settings.maxStateSize, maxValueSize: maxValueSize)
    }

    /// Writes the announcement if the state lacks it, the way any client's write goes.
    func driveAnnouncement(now: Instant) {
        guard let announcement = wantedAnnouncement, raft.leader != nil, now >= announcing.nextTry else { return }
        announcing.isUnderWay = true
        announcing.nextTry = now.advanced(byMilliseconds: settings.stallRetryMilliseconds)
        receiveWrite(Replica.announcementRequest, .announce(announcement), key: nil, now: now)
    }

    /// The announcement, if the state lacks it and no write of it is under way.
    private var wantedAnnouncement: Announcement? {
        guard let wanted = announcing.announcement, !announcing.isUnderWay, !isStopping,
            raft.committedConfiguration.configuration.member(of: identity.instance) != nil,
            stateMachine.announcement(of: identity.instance) != wanted
        else { return nil }
        return wanted
    }

    var announcementDeadline: Instant {
        wantedAnnouncement != nil && raft.leader != nil ? announcing.nextTry : .never
    }

    /// The write has ended. If the state still lacks the announcement, it is written again after a while.
    func announcementEnded() { announcing.isUnderWay = false }

    /// Nobody waits for it any more.
    func abandonAnnouncement() {
        if announcing.isUnderWay { finishWrite(Replica.announcementRequest, .unavailable(reason: "shutting down")) }
    }
}

extension StateMachine {
    /// What the instance has announced of itself.
    func announcement(of instance: InstanceID) -> Announcement? { announcements.first { $0.instance == instance } }
}
