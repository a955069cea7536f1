import Raft
import Replica

/// What a node says of itself at one moment: what its replica knows, and what only the process does.
struct NodeState {
    /// One thing that must be well before a node is given work.
    struct Check: Equatable {
        let name: String
        /// Why it is not.
        var failure: String?
        /// What is worth telling when it is.
        var note: String?
    }

    let status: ReplicaStatus
    /// Where clients reach this node, if it has a client port.
    var clientAddress: String?
    /// Whether it was asked to stop.
    var isStopping = false
    /// What ails the disk.
    var diskTrouble: String?
    /// Why the log is not compacted.
    var compactionTrouble: String?
    /// What comparing the members' states has found.
    var comparison = ComparisonStatus()

    /// Where clients reach the members, by node id. This node knows its own before the cluster does, and serves
    /// nobody once it was taken out.
    var clientAddresses: [(nodeID: String, address: String)] {
        let others = status.clientAddresses.filter { $0.nodeID != status.nodeID }
        let served = status.isRemoved ? nil : clientAddress
        let own = served.map { [(nodeID: status.nodeID, address: $0)] } ?? []
        return (own + others).sorted { $0.nodeID < $1.nodeID }
    }

    var checks: [Check] {
        [
            Check(name: "leader", failure: leaderTrouble, note: status.leaderID),
            membership,
            Check(name: "disk", failure: diskTrouble),
            Check(name: "compaction", failure: compactionTrouble),
            Check(name: "replica-hash", failure: comparison.conviction, note: comparison.alarm),
        ]
    }

    /// A node that joins could serve before it has its vote, but whoever takes down the next node when this one is ready counts on that
    /// vote. One that is to stay a learner is ready without.
    private var membership: Check {
        let name = "membership"
        guard !status.isRemoved, let member = status.configuration.member(named: status.nodeID) else {
            return Check(name: name, failure: status.isRemoved ? "taken out" : "no member of a cluster yet")
        }
        guard member.isToBePromoted else { return Check(name: name, note: member.isLearner ? "learner" : "voter") }
        return Check(name: name, failure: "it has no vote yet and gets one when it has caught up with the leader")
    }

    private var leaderTrouble: String? {
        if isStopping { return "shutting down" }
        return status.isReady ? nil : status.reason
    }
}

extension NodeState {
    init(of replica: Replica, isStopping: Bool, clientAddress: String?, now: Instant) {
        self.init(
            status: replica.status(now: now), clientAddress: clientAddress, isStopping: isStopping,
            diskTrouble: replica.storageTrouble, compactionTrouble: replica.snapshotTrouble,
            comparison: replica.comparisonStatus)
    }
}
