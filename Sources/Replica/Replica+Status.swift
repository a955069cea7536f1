package import Raft
import StateMachine

/// Counters for `/metrics`.
package struct ReplicaStatistics: Sendable {
    package internal(set) var batches: UInt64 = 0
    package internal(set) var batchedEntries: UInt64 = 0
    package internal(set) var forwardedWrites: UInt64 = 0
    package internal(set) var retriedWrites: UInt64 = 0
    package internal(set) var leaderChanges: UInt64 = 0
    package internal(set) var electionsStarted: UInt64 = 0
}

/// What a node says of itself and its cluster at one moment.
package struct ReplicaStatus: Sendable {
    package let nodeID: String
    package let role: Raft.Role
    package let term: Term
    package let leaderID: String?
    package let commitIndex: LogIndex
    package let lastApplied: LogIndex
    package let lastLogIndex: LogIndex
    package let firstLogIndex: LogIndex
    package let clusterID: ClusterID
    package let configuration: Configuration
    /// The index of the newest snapshot on this node's disk; 0 without one.
    package let snapshotIndex: LogIndex
    package let isLearner: Bool
    /// Whether this node was taken out of its cluster.
    package let isRemoved: Bool
    /// Where clients find the members that have said so, by node id, in the order of the members.
    package let clientAddresses: [(nodeID: String, address: String)]
    /// How many voters may be lost before no majority is left, whoever answers now.
    package let faultTolerance: Int
    /// Whether this node can serve linearizable requests: it belongs to a cluster and knows a leader.
    package let isReady: Bool
    /// Why it is not ready.
    package let reason: String
}

/// What the operator was told last, so that only news is logged.
struct Reported {
    /// Between two messages of other clusters that are told of.
    static let foreignIntervalMilliseconds: UInt64 = 60_000

    var role = Raft.Role.follower
    var term: Term = 0
    var leader: String?
    var foreignCluster = ClusterID.none
    var nextForeign = Instant.zero
    var hasMetMajority = false
    var isWiped = false
    var isMisplaced = false
    var isRemoved = false
    var isMismatch = false
    var convicted: [InstanceID] = []
}

extension Replica {
    package func status(now: Instant) -> ReplicaStatus {
        let configuration = raft.configuration
        let voters = configuration.voters
        let isReady = !isStopping && !raft.isRemoved && raft.leader != nil && stateMachine.lastApplied > 0
        return ReplicaStatus(
            nodeID: identity.nodeID, role: raft.role, term: raft.currentTerm, leaderID: raft.leader?.nodeID,
            commitIndex: raft.commitIndex, lastApplied: stateMachine.lastApplied, lastLogIndex: raft.log.lastIndex,
            firstLogIndex: raft.log.lastIndex == 0 ? 0 : raft.log.firstIndex, clusterID: raft.clusterID,
            configuration: configuration, snapshotIndex: snapshots.newestIndex,
            isLearner: configuration.member(of: identity.instance)?.isLearner ?? false, isRemoved: raft.isRemoved,
            clientAddresses: clientAddresses(of: configuration),
            faultTolerance: voters.isEmpty ? 0 : voters.count - configuration.quorum,
            isReady: isReady, reason: isReady ? "" : isStopping ? "shutting down" : unavailability(now: now))
    }

    private func clientAddresses(of configuration: Configuration) -> [(nodeID: String, address: String)] {
        configuration.members.compactMap { member in
            guard let instance = member.instance, let nodeID = member.nodeID,
                let address = stateMachine.announcement(of: instance)?.clientAddress
            else { return nil }
            return (nodeID, address)
        }
    }

    /// That the others look for this node where it is not: they reach it nowhere, and so it finds no leader. `nil` when they do not, or
    /// the operator has not said where it is.
    var misplacement: String? {
        guard isAddressExplicit, raft.leader == nil,
            let known = raft.configuration.member(of: identity.instance)?.address, known != address
        else { return nil }
        return """
            the members look for this node at \(known), and it is at \(address): \
            tell them (raftctl join \(identity.nodeID) \(address)), or mend --advertise-addr
            """
    }

    /// Once: whoever has moved the node is to do something.
    private func reportMisplacement() {
        guard !reported.isMisplaced, let misplacement else { return }
        reported.isMisplaced = true
        report(.warning, misplacement)
    }

    /// Tells the operator of a new role, term or leader, and of the end of this node's membership.
    func reportChanges() {
        if reported.isRemoved != raft.isRemoved {
            reported.isRemoved = raft.isRemoved
            if let removal { report(.warning, removal) }
        }
        reportComparison()
        reportMisplacement()
        let leader = raft.leader?.nodeID
        guard reported.role != raft.role || reported.term != raft.currentTerm || reported.leader != leader else {
            return
        }
        if let leader, leader != reported.leader { statistics.leaderChanges += 1 }
        if raft.role == .candidate { statistics.electionsStarted += 1 }
        let isNews = reported.leader != leader || raft.role == .leader || reported.role == .leader
        (reported.role, reported.term, reported.leader) = (raft.role, raft.currentTerm, leader)
        guard isNews else { return }
        report(
            .info,
            raft.isLeader
                ? "leads term \(raft.currentTerm)"
                : leader.map { "follows \($0) in term \(raft.currentTerm)" }
                    ?? "knows no leader in term \(raft.currentTerm)")
    }
}
