import Raft
import Simulation
import StateMachine
import Testing

@testable import Replica

/// The log stays short, and who lacks what it has lost gets a snapshot instead.
@Suite struct SnapshotTests {
    /// Snapshots come early, segments and chunks are small.
    static var eager: SimulationSettings {
        var settings = SimulationSettings()
        settings.replica.snapshotEntries = 40
        settings.replica.snapshotChunkBytes = 4 << 10
        settings.replica.raft.windowBytes = 4 << 10
        settings.replica.log = SegmentedLog.Settings(segmentSize: 4 << 10, maxBatchSize: 2 << 10)
        return settings
    }

    private static let value = String(repeating: "v", count: 200)

    @Test func theLogStaysBounded() throws {
        let simulation = try Simulation.formed(SnapshotTests.eager)
        let (leader, _) = try simulation.roles()
        for number in 0..<2000 { try simulation.put("key-\(number % 20)", SnapshotTests.value, at: leader) }
        try simulation.converge()
        #expect(simulation.snapshotsWritten >= 9)
        for node in simulation.nodes {
            let replica = try #require(node.replica)
            let newest = try #require(replica.snapshots.newest)
            #expect(replica.log.firstIndex > 1 && newest.position.index + 1 >= replica.log.firstIndex)
            // One log as large as the snapshot behind which it lies, one more while that is made, and whole segments.
            let bound = 2 * newest.size + 4 * SnapshotTests.eager.replica.log.segmentSize
            #expect(replica.log.bytesOnDisk <= bound, "\(replica.log.bytesOnDisk) of \(bound)")
            #expect(try node.disk.names(in: "data").count == 1)
        }
    }

    @Test func aRestartFromASnapshotGivesTheSameState() throws {
        let simulation = try Simulation.formed(SnapshotTests.eager)
        for number in 0..<300 { try simulation.put("key-\(number % 30)", SnapshotTests.value, at: 0) }
        try simulation.converge()
        let before = try #require(simulation.nodes[0].replica).raft.clusterID
        for node in simulation.nodes { simulation.crash(node.place) }
        simulation.startAll()
        for node in simulation.nodes {
            let replica = try #require(node.replica)
            #expect(
                replica.snapshotPosition.index > 0 && replica.stateMachine.lastApplied >= replica.snapshotPosition.index
            )
        }
        try simulation.converge()
        #expect(try simulation.get("key-0", at: 1) == SnapshotTests.value)
        #expect(try simulation.get("key-29", at: 2) == SnapshotTests.value)
        #expect(simulation.nodes[0].replica?.raft.clusterID == before)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aFollowerThatWasAwayCatchesUpUnderLoad(seed: UInt64) throws {
        let simulation = try Simulation.formed(SnapshotTests.eager, seed: seed)
        let (leader, followers) = try simulation.roles()
        simulation.crash(followers[0])
        for number in 0..<300 { try simulation.put("key-\(number % 30)", SnapshotTests.value, at: leader) }
        simulation.start(followers[0])
        let replica = try #require(simulation.nodes[followers[0]].replica)
        let old = replica.snapshotPosition.index
        var number = 0
        while replica.snapshotPosition.index <= max(old, 200), number < 2000 {
            try simulation.put("more-\(number)", SnapshotTests.value, at: leader)
            number += 1
        }
        #expect(simulation.snapshotReads > 4, "seed \(seed): a chunk holds only a part of the state")
        try simulation.converge()
        #expect(simulation.elections == 1, "\(simulation.troubles)")
    }

    /// Two of three have formed the cluster, and their log begins late when the third comes.
    @Test func anEmptyNodeGetsASnapshot() throws {
        let simulation = Simulation(SnapshotTests.eager, seed: 2)
        simulation.start(0)
        simulation.start(1)
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.leader != nil }, "\(simulation.troubles)")
        for number in 0..<300 { try simulation.put("key-\(number % 30)", SnapshotTests.value, at: 0) }
        #expect(try #require(simulation.leader?.replica).log.firstIndex > 100)
        simulation.start(2)
        try simulation.converge()
        let replica = try #require(simulation.nodes[2].replica)
        #expect(replica.snapshotPosition.index > 100)
        // It belongs to the cluster for good: its FORMAT says so, its peers are written down.
        #expect(replica.recordedCluster == simulation.nodes[0].replica?.recordedCluster)
        #expect(try simulation.nodes[2].disk.size(of: PeersFile.path) != nil)
        simulation.crash(2)
        simulation.start(2)
        try simulation.converge()
    }

    /// A transfer that is interrupted goes on where it stood.
    @Test func aBrokenTransferIsResumed() throws {
        let simulation = try Simulation.formed(SnapshotTests.eager)
        let (leader, followers) = try simulation.roles()
        simulation.crash(followers[0])
        for number in 0..<300 { try simulation.put("key-\(number % 30)", SnapshotTests.value, at: leader) }
        simulation.start(followers[0])
        let receiver = try #require(simulation.nodes[followers[0]].replica)
        try #require(
            simulation.run(withinMilliseconds: 5000) { receiver.receiver.offset > 16 << 10 }, "\(simulation.troubles)")
        let (offset, reads) = (receiver.receiver.offset, simulation.snapshotReads)
        simulation.network.isolate(followers[0])
        simulation.run(forMilliseconds: 3000)
        simulation.network.heal()
        #expect(receiver.receiver.offset >= offset)
        try simulation.converge()
        let size = try #require(receiver.snapshots.newest).size
        let rest = (size - offset) / UInt64(SnapshotTests.eager.replica.snapshotChunkBytes) + 2
        #expect(simulation.snapshotReads - reads <= Int(rest), "what was there is not read again")
    }

    /// A write that the old leader appended and that may be in the snapshot: nobody may say that it did not happen.
    @Test func whatAnOldLeaderAppendedIsUnknownAfterAnInstall() throws {
        var settings = SnapshotTests.eager
        settings.replica.requestTimeoutMilliseconds = 60_000
        let simulation = try Simulation.formed(settings)
        let (leader, followers) = try simulation.roles()
        simulation.network.isolate(leader)
        let lost = simulation.submit(.put("lost", "value"), to: leader)
        try #require(
            simulation.run(withinMilliseconds: 5000) { simulation.leader?.place != leader }, "\(simulation.troubles)")
        for number in 0..<300 { try simulation.put("key-\(number % 30)", SnapshotTests.value, at: followers[0]) }
        #expect(simulation.answers[lost] == nil)
        simulation.network.heal()
        try simulation.converge()
        #expect(simulation.nodes[leader].replica?.snapshotPosition.index ?? 0 > 100)
        #expect(simulation.answers[lost]?.isOutcomeUnknown == true, "\(String(describing: simulation.answers[lost]))")
    }

    /// The retry table comes with the snapshot: what was carried out before is not carried out again by whoever leads now.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aRetryIsAnsweredAfterAnInstall(seed: UInt64) throws {
        var settings = SnapshotTests.eager
        settings.replica.requestTimeoutMilliseconds = 60_000
        let simulation = try Simulation.formed(settings, seed: seed)
        let (leader, followers) = try simulation.roles()
        simulation.network.isolate(followers[1])
        simulation.network.settings.timeoutMicroseconds = 100_000
        simulation.network.losesAnswer = { response, _, _ in
            if case .propose = response.body { true } else { false }
        }
        let write = simulation.submit(.put("once", "value", .absent), to: followers[0])
        simulation.run(forMilliseconds: 50)
        for number in 0..<300 { try simulation.put("key-\(number % 30)", SnapshotTests.value, at: leader) }
        simulation.network.heal()
        let late = try #require(simulation.nodes[followers[1]].replica)
        try #require(
            simulation.run(withinMilliseconds: 10_000) { late.snapshotPosition.index > 100 && simulation.hasConverged },
            "\(simulation.troubles)")
        // The other one holds the outcome in any case: the one that has installed it is to lead.
        simulation.network.losesRequest = { request, sender, _ in
            if case .requestVote = request.body { sender == followers[0] } else { false }
        }
        simulation.crash(leader)
        simulation.network.losesAnswer = nil
        try #require(
            simulation.run(withinMilliseconds: 10_000) { simulation.answers[write] != nil }, "\(simulation.troubles)")
        guard case .outcome(.put(_, created: true)) = simulation.answers[write] else {
            Issue.record("seed \(seed): answered \(String(describing: simulation.answers[write]))")
            return
        }
    }
}
