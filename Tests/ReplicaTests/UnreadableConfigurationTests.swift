import Raft
import Replica
import Simulation
import Testing

/// A checksum keeps chance out, not whoever can sum.
@Suite struct UnreadableConfigurationTests {
    private let cluster = ClusterID(high: 5, low: 6)
    private let identity = Identity(nodeID: "n1", instance: InstanceID(high: 1, low: 2))

    @Test(arguments: [0, 2] as [LogIndex]) func aStartNamesTheBatch(commitIndex: LogIndex) throws {
        let settings = SimulationSettings().replica.log
        var log = SegmentedLog(clusterID: cluster, settings: settings)
        var disk = SimulatedDisk()
        disk.perform(MetaFile.operations(for: HardState(currentTerm: 1, votedFor: nil)))
        disk.perform(log.append([LogEntry(term: 1, index: 1, kind: .noop, payload: [])], commitIndex: 0))
        let end = try #require(try disk.size(of: "raft_log/00000001.segment"))
        let entry = LogEntry(term: 1, index: 2, kind: .configuration, payload: Array("no configuration".utf8))
        disk.perform(log.append([entry], commitIndex: commitIndex))
        do {
            try start(on: disk, settings)
            Issue.record("the node starts")
        } catch {
            guard case .corruption(let corruption) = error else { throw error }
            #expect(corruption.path == "raft_log/00000001.segment" && corruption.offset <= end)
            #expect(corruption.reason.contains("2@1"), "\(corruption.reason)")
        }
    }

    private func start(on disk: SimulatedDisk, _ settings: SegmentedLog.Settings) throws(RecoveryFailure) {
        let formation = Formation(identity: identity, address: "a:1", isAddressExplicit: false, peers: [])
        let start = try ReplicaStart.recover(
            identity: identity, formation: formation, cluster: .none, image: disk, settings: settings)
        precondition(start.commitIndex <= 2)
    }
}
