import Raft
import StateMachine
import Testing

@testable import Replica
@testable import Simulation

/// The power goes while a snapshot is written, sent, received or installed.
@Suite struct SnapshotCrashTests {
    /// A cluster in which a follower that was away is about to install a snapshot.
    private func installing(seed: UInt64) throws -> (Simulation, SimulatedNode) {
        let simulation = try Simulation.formed(SnapshotTests.eager, seed: seed)
        let (leader, followers) = try simulation.roles()
        simulation.crash(followers[0])
        for number in 0..<200 { try simulation.put("key-\(number)", "value", at: leader) }
        simulation.start(followers[0])
        let node = simulation.nodes[followers[0]]
        try #require(
            simulation.run(withinMilliseconds: 5000) { node.replica?.isInstallingSnapshot == true },
            "\(simulation.troubles)")
        return (simulation, node)
    }

    /// At every operation of an install the old state or the new one is found, whole.
    @Test(arguments: [false, true])
    func aCrashAtAnyOperationOfAnInstallLeavesOldOrNew(tears: Bool) throws {
        var isDone = false
        var completed = 0
        var found: Set<Bool> = []
        while !isDone {
            let (simulation, node) = try installing(seed: 5)
            let position = try #require(node.replica).raft.log.base
            let job = try #require(node.jobs[DiskJob.Class.log.queue].first)
            isDone = completed == job.operations.count
            simulation.end(node)
            node.losePower(tearing: tears, performing: completed, using: &simulation.random)
            simulation.start(node.place)
            let start = try #require(node.replica, "\(simulation.troubles)")
            found.insert(start.stateMachine.lastApplied == position.index)
            try simulation.converge()
            completed += 1
        }
        #expect(completed > 5)
        #expect(found == [false, true])
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func crashesUnderLoadLoseNothing(seed: UInt64) throws {
        var trial = Trial(seed: seed, faults: .crashes(20))
        trial.settings.replica.snapshotEntries = [10, 40, 160][Int(seed % 3)]
        trial.settings.replica.snapshotChunkBytes = [512, 4 << 10, 64 << 10][Int(seed / 3 % 3)]
        trial.settings.replica.log = SegmentedLog.Settings(segmentSize: 4 << 10, maxBatchSize: 2 << 10)
        trial.settings.replica.raft.windowBytes = 0
        let summary = try trial.run()
        #expect(summary.crashes >= 20, "seed \(seed): \(summary)")
    }
}
