import Raft
import Simulation
import StateMachine
import Testing

@testable import Replica

/// A disk without space stops writes, not nodes: nothing is lost, nobody restarts, and all goes on when there is space.
@Suite struct DiskFullTests {
    private static let value = String(repeating: "v", count: 500)

    private func fill(_ simulation: Simulation, _ places: [Int], at node: Int, writes: Int = 300) throws -> [Answer] {
        for place in places { simulation.nodes[place].hasNoSpace = true }
        return try (0..<writes).map { number in
            try simulation.ask(.put("full-\(number % 50)", DiskFullTests.value), at: node)
        }
    }

    private func free(_ simulation: Simulation) throws {
        for node in simulation.nodes { node.hasNoSpace = false }
        try #require(
            simulation.run(withinMilliseconds: 10_000) {
                simulation.nodes.allSatisfy { $0.replica?.storageState == .healthy }
                    && simulation.leader?.replica?.votersWithoutSpace.isEmpty == true
            }, "\(simulation.troubles)")
        try simulation.converge()
    }

    @Test func aFullFollowerStopsNobody() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let answers = try fill(simulation, [followers[0]], at: leader)
        #expect(answers.allSatisfy { if case .outcome = $0 { true } else { false } })
        let full = try #require(simulation.nodes[followers[0]].replica)
        #expect(full.storageState == .full)
        #expect(full.storageTrouble != nil)
        #expect(full.raft.log.lastIndex < (simulation.nodes[leader].replica?.raft.log.lastIndex ?? 0))
        // It goes on reading.
        #expect(try simulation.ask(.get("full-0", .stale), at: followers[0]).isValue)
        // A read that waits for an entry it has no space for is refused at once, and says why.
        let began = simulation.now
        guard case .unavailable(let reason) = try simulation.ask(.get("full-0", .linearizable), at: followers[0]) else {
            Issue.record("a node answered for entries that it does not have")
            return
        }
        #expect(reason.contains("its disk has no space"))
        #expect(simulation.now.milliseconds(since: began) < simulation.settings.replica.requestTimeoutMilliseconds / 2)
        #expect(simulation.elections == 1, "\(simulation.troubles)")
        try free(simulation)
        #expect(try simulation.get("full-49", at: followers[0]) == DiskFullTests.value)
        #expect(simulation.nodes.allSatisfy { $0.boot == 1 })
    }

    /// A full disk is what it was due for; nobody writes any more when there is space again.
    @Test func aSnapshotThatFoundNoSpaceIsMadeOnceThereIsSome() throws {
        let simulation = try Simulation.formed()
        // discarded: what the clients hear of it is shown elsewhere
        _ = try fill(simulation, Array(simulation.nodes.indices), at: 0, writes: 60)
        try #require(
            simulation.run(withinMilliseconds: 10_000) {
                simulation.nodes.contains { $0.replica?.snapshotTrouble != nil }
            })
        for node in simulation.nodes { node.hasNoSpace = false }
        #expect(
            simulation.run(withinMilliseconds: 30_000) {
                simulation.nodes.allSatisfy { $0.replica?.snapshotTrouble == nil }
            })
    }

    /// The entries came from the log of another leader after all.
    @Test func aSnapshotThatCouldNotBeTakenIsForgottenOnceTheNodeGoesOnWithoutIt() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let follower = try #require(simulation.nodes[followers[0]].replica)
        follower.refuseSnapshot("there is no space")
        simulation.run(forMilliseconds: 1000)
        #expect(follower.snapshotTrouble?.contains("there is no space") == true)
        try simulation.put("key", "value", at: leader)
        try simulation.converge()
        #expect(follower.snapshotTrouble == nil)
        // It is news again when it happens again.
        follower.refuseSnapshot("there is no space again")
        #expect(follower.snapshotTrouble?.contains("there is no space again") == true)
    }

    @Test func aFullLeaderHandsTheLeadToWhoHasSpace() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        let answers = try fill(simulation, [leader], at: followers[0])
        #expect(answers.allSatisfy { if case .outcome = $0 { true } else { false } }, "\(answers)")
        #expect(simulation.leader?.place != leader, "\(simulation.troubles)")
        #expect(simulation.elections == 2)
        try free(simulation)
        #expect(simulation.nodes.allSatisfy { $0.boot == 1 })
    }

    @Test func withoutAMajorityWithSpaceWritesAreRefusedBeforeTheyAreLogged() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        for node in [leader, followers[0]] {
            let answers = try fill(simulation, [0, 1, 2], at: node, writes: 300)
            let refused = answers.compactMap { if case .noSpace(let reason) = $0 { reason } else { nil } }
            #expect(refused.count > 100, "\(answers.suffix(3))")
            #expect(refused.allSatisfy { reason in simulation.nodes.count { reason.contains($0.nodeID) } >= 2 })
        }
        let last = simulation.leader?.replica?.raft.log.lastIndex
        // A leader that handed over once, and can no more, does not wake for that.
        let full = try #require(simulation.leader?.replica)
        full.storage.handedOverAt = .zero
        #expect(full.storageDeadline(now: simulation.now) > simulation.now.advanced(byMilliseconds: 1))
        // Reads and elections go on.
        #expect(try simulation.ask(.get("full-0"), at: followers[1]).isValue)
        #expect(simulation.leader?.replica?.raft.log.lastIndex == last)
        try free(simulation)
        try simulation.put("after", "value", at: followers[1])
        #expect(simulation.nodes.allSatisfy { $0.boot == 1 })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func disksThatFillAndEmptyLoseNothing(seed: UInt64) throws {
        let simulation = try Simulation.formed(SnapshotTests.eager, seed: seed)
        let load = ClientLoad(simulation)
        load.start()
        var random = SeededRandom(seed: seed)
        for _ in 0..<10 {
            for node in simulation.nodes { node.hasNoSpace = UInt64.random(in: 0..<3, using: &random) == 0 }
            simulation.run(forMilliseconds: 1500)
        }
        for node in simulation.nodes { node.hasNoSpace = false }
        load.stop()
        try simulation.converge { load.isIdle }
        try load.checkHistory()
        #expect(simulation.stalls > 2, "seed \(seed)")
        #expect(simulation.nodes.allSatisfy { $0.boot == 1 })
    }

    @Test func whatRemovesAHalfMadeSegmentMayLackSpaceToo() throws {
        let simulation = try Simulation.formed()
        let replica = try #require(simulation.leader?.replica)
        let job = replica.emitJob(.preparation, [.remove(path: "raft_log/none")])
        replica.diskStalled(job, 0, reason: "no space", now: simulation.now)
        let stall = try #require(replica.storage.stalls.first)
        #expect(stall.job.id == job && stall.retryAt > simulation.now)
        #expect(replica.storageState == .healthy, "the log itself has its space")
        replica.watchStorage(now: stall.retryAt)
        #expect(replica.storage.stalls.isEmpty && replica.storage.running[job] != nil, "it is asked for again")
        replica.diskCompleted(job, now: stall.retryAt)
        #expect(replica.storage.running[job] == nil)
    }

    /// Segments behind a snapshot may be kept for a follower: to make one after the other would not make room.
    @Test func aFullDiskHasASnapshotMadeOnlyIfMoreOfTheLogGoes() throws {
        var settings = SnapshotTests.eager
        settings.replica.snapshotEntries = 100_000
        settings.replica.snapshotLogBytes = 1 << 30
        let simulation = try Simulation.formed(settings)
        let (leader, _) = try simulation.roles()
        for number in 0..<100 { try simulation.put("key-\(number)", DiskFullTests.value, at: leader) }
        let replica = try simulation.replica(leader)
        #expect(!replica.isSnapshotDue)
        replica.raft.step(.storage(.full), now: simulation.now)
        #expect(replica.isSnapshotDue)
        let newest = LogPosition(index: replica.stateMachine.lastApplied - 1, term: replica.raft.currentTerm)
        replica.snapshots.replaceNewest(by: Snapshots.Stored(position: newest, path: "data/none", size: 1, checksum: 1))
        #expect(replica.log.segmentCount > 1 && !replica.isSnapshotDue)
    }

    @Test func aHungLeaderStepsDownAndStandsNoMore() throws {
        let simulation = try Simulation.formed()
        let (leader, followers) = try simulation.roles()
        simulation.nodes[leader].diskMicroseconds = 3_600_000_000...3_600_000_000
        simulation.submit(.put("key", "value"), to: leader)
        try #require(
            simulation.run(withinMilliseconds: 10_000) { simulation.leader.map { $0.place != leader } ?? false },
            "\(simulation.troubles)")
        #expect(simulation.nodes[leader].replica?.storageState == .hung)
        try simulation.put("other", "value", at: followers[0])
        let elections = simulation.elections
        simulation.run(forMilliseconds: 10_000)
        #expect(simulation.elections == elections, "\(simulation.troubles)")
        #expect(try simulation.get("key", at: followers[1]) == "value")
    }
}
