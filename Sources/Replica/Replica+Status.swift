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
    package let isLearner: Bool
    /// How many voters may be lost before no majority is left, whoever answers now.
    package let faultTolerance: Int
    /// Whether this node can serve linearizable requests: it belongs to a cluster and knows a leader.
    package let isReady: Bool
    /// Why it is not ready.
    package let reason: String
}

/// What the operator was told last, so that only news is logged.
struct Reported {
    var role = Raft.Role.follower
    var term: Term = 0
    var leader: String?
    var foreignCluster = ClusterID.none
    var hasMetMajority = false
}

extension Replica {
    package func status(now: Instant) -> ReplicaStatus {
        let configuration = raft.configuration
        let voters = configuration.voters
        let isReady = !isStopping && raft.leader != nil && stateMachine.lastApplied > 0
        return ReplicaStatus(
            nodeID: identity.nodeID, role: raft.role, term: raft.currentTerm, leaderID: raft.leader?.nodeID,
            commitIndex: raft.commitIndex, lastApplied: stateMachine.lastApplied, lastLogIndex: raft.log.lastIndex,
            firstLogIndex: raft.log.lastIndex == 0 ? 0 : 1, clusterID: raft.clusterID, configuration: configuration,
            isLearner: configuration.member(of: identity.instance)?.isLearner ?? false,
            faultTolerance: voters.isEmpty ? 0 : voters.count - configuration.quorum,
            isReady: isReady, reason: isReady ? "" : isStopping ? "shutting down" : unavailability(now: now))
    }

    /// Tells the operator of a new role, term or leader.
    func reportChanges() {
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
