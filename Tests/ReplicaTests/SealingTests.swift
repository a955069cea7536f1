import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// A log that rests is sealed: what it holds can be told from a write that a crash cut short.
@Suite struct SealingTests {
    @Test func damageToTheLastBatchOfALogAtRestIsFound() throws {
        let simulation = try Simulation.formed()
        let value = "the last words before the rest"
        try simulation.put("key", value, at: 0)
        simulation.run(forMilliseconds: 3 * simulation.settings.replica.sealDelayMilliseconds)
        for node in simulation.nodes {
            let cluster = try #require(node.replica).raft.clusterID
            #expect(throws: Never.self, "\(node.nodeID)") { try recover(node.disk, cluster) }
            let damaged = try damaging(Array(value.utf8), on: node.disk)
            #expect(throws: RecoveryFailure.self, "\(node.nodeID) takes a damaged batch for a torn one") {
                try recover(damaged, cluster)
            }
        }
    }

    private func recover(_ disk: SimulatedDisk, _ cluster: ClusterID) throws(RecoveryFailure) {
        let settings = SimulationSettings().replica.log
        let recovery = try SegmentedLog.recover(from: disk, clusterID: cluster, settings: settings) { _, _ in }
        precondition(recovery.lastPosition.index > 0)
    }

    /// The disk with another byte where the log holds `text`.
    private func damaging(_ text: [UInt8], on disk: SimulatedDisk) throws -> SimulatedDisk {
        for name in try disk.names(in: SegmentedLog.directory) {
            let path = "\(SegmentedLog.directory)/\(name)"
            let bytes = try disk.read(path, offset: 0, count: disk.durableSize(of: path))
            guard let place = bytes.indices.last(where: { bytes[$0...].starts(with: text) }) else { continue }
            var damaged = disk
            damaged.perform(.write(path: path, offset: UInt64(place), bytes: [bytes[place] ^ 1]))
            return damaged
        }
        throw Violation("no log holds \(text)")
    }
}
