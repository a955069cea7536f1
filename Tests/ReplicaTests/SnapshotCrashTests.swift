import Raft
import StateMachine
import Testing

@testable import Replica
@testable import Simulation

/// The power goes while a snapshot is written, sent, received or installed.
@Suite struct SnapshotCrashTests {
    /// A cluster in which a node is about to install a snapshot: a follower that was away, or one that comes with an empty disk.
    private func installing(isEmpty: Bool, seed: UInt64) throws -> (Simulation, SimulatedNode) {
        let simulation = Simulation(SnapshotTests.eager, seed: seed)
        for place in 0..<(isEmpty ? 2 : 3) { simulation.start(place) }
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.leader != nil }, "\(simulation.troubles)")
        let leader = try simulation.roles().leader
        let late = isEmpty ? 2 : (leader + 1) % 3
        if !isEmpty {
            try #require(simulation.run(withinMilliseconds: 5000) { simulation.hasConverged }, "\(simulation.troubles)")
            simulation.crash(late)
        }
        for number in 0..<150 { try simulation.put("key-\(number % 20)", "value", at: leader) }
        simulation.start(late)
        let node = simulation.nodes[late]
        let isLoading = { if case .loading? = node.replica?.receiver.phase { true } else { false } }
        try #require(simulation.run(withinMilliseconds: 5000, until: isLoading), "\(simulation.troubles)")
        // The install takes long, and what goes on beside it does not: the leader asks, side files are written.
        node.diskMicroseconds = 500_000...500_000
        try #require(
            simulation.run(withinMilliseconds: 5000) { node.replica?.isInstallingSnapshot == true },
            "\(simulation.troubles)")
        node.diskMicroseconds = 50...50
        simulation.run(forMilliseconds: 300)
        try #require(node.replica?.isInstallingSnapshot == true, "\(simulation.troubles)")
        return (simulation, node)
    }

    /// At every operation of an install the old state or the new one is found, whole; an empty node does not take itself for a member
    /// that has lost its log.
    @Test(arguments: [false, true], [false, true])
    func aCrashAtAnyOperationOfAnInstallLeavesOldOrNew(isEmpty: Bool, tears: Bool) throws {
        var isDone = false
        var completed = 0
        var found: Set<Bool> = []
        while !isDone {
            let (simulation, node) = try installing(isEmpty: isEmpty, seed: 5)
            let position = try #require(node.replica).raft.log.base
            let job = try #require(node.jobs[DiskJob.Class.log.queue].first)
            isDone = completed == job.operations.count
            simulation.end(node)
            node.losePower(tearing: tears, performing: completed, using: &simulation.random)
            simulation.start(node.place)
            let start = try #require(node.replica, "\(simulation.troubles)")
            found.insert(start.stateMachine.lastApplied >= position.index)
            try simulation.converge()
            completed += 1
        }
        #expect(completed > 4)
        #expect(found == [false, true])
    }

    /// A leader may apply what its own disk does not hold yet. A snapshot of that would make its log look damaged.
    @Test func noSnapshotIsMadeOfWhatIsNotDurable() throws {
        let simulation = try Simulation.formed(SnapshotTests.eager)
        let leader = try simulation.roles().leader
        simulation.nodes[leader].diskMicroseconds = 5_000_000...5_000_000
        simulation.submit(.put("slow", "value"), to: leader)
        simulation.run(forMilliseconds: 20)
        simulation.nodes[leader].diskMicroseconds = 50...50
        for number in 0..<100 { try simulation.put("key-\(number)", "value", at: leader) }
        let replica = try #require(simulation.nodes[leader].replica)
        #expect(replica.raft.persistedIndex < 10 && replica.stateMachine.lastApplied > 100)
        simulation.run(forMilliseconds: 200)
        simulation.crash(leader)
        simulation.start(leader)
        try #require(simulation.nodes[leader].isRunning, "\(simulation.troubles)")
        try simulation.converge()
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
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
