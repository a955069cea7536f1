import Raft
import Replica
import StateMachine

/// What a node says of itself at one moment.
struct NodeState {
    /// One thing that must be well before a node is given work.
    struct Check: Equatable {
        let name: String
        /// Why it is not.
        let failure: String?
    }

    let status: ReplicaStatus
    /// The lowest index that the log on disk holds; 0 when it holds nothing and never has.
    var firstLogIndex: LogIndex = 0
    /// The last index that the newest snapshot holds; 0 without one.
    var snapshotIndex: LogIndex = 0
    /// Whether this node was a member and is none any more.
    var isRemoved = false
    /// Whether it was asked to stop.
    var isStopping = false
    /// What ails the disk.
    var diskTrouble: String?
    /// Why the log is not compacted.
    var compactionTrouble: String?
    /// Where clients reach the members, by node id, as they announced it; sorted.
    var clientAddresses: [(nodeID: String, address: String)] = []

    var checks: [Check] {
        [
            Check(name: "leader", failure: leaderTrouble),
            Check(name: "disk", failure: diskTrouble),
            Check(name: "compaction", failure: compactionTrouble),
        ]
    }

    private var leaderTrouble: String? {
        if isStopping { return "shutting down" }
        return status.isReady ? nil : status.reason
    }
}

extension NodeState {
    /// - Parameter clientAddress: of this node itself, which knows it before the cluster does.
    init(of replica: Replica, isStopping: Bool, clientAddress: String?, now: Instant) {
        status = replica.status(now: now)
        firstLogIndex = replica.log.lastPosition.index == 0 ? 0 : replica.log.firstIndex
        snapshotIndex = replica.snapshotPosition.index
        isRemoved = replica.raft.isRemoved
        self.isStopping = isStopping
        diskTrouble = replica.storageTrouble
        compactionTrouble = replica.snapshotTrouble
        var addresses: [String: String] = [:]
        for announcement in replica.stateMachine.announcements {
            guard status.configuration.member(of: announcement.instance) != nil else { continue }
            addresses[announcement.nodeID] = announcement.clientAddress
        }
        addresses[status.nodeID] = clientAddress
        clientAddresses = addresses.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
