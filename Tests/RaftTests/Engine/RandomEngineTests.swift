import Foundation
import Raft
import Testing

/// Engines under random delivery, duplication, reordering, loss, slow, full and hung disks, silence, restarts, changes of the members,
/// transfers, false news of dead leaders, compaction and snapshots; after every step the properties of thesis figure 3.2 hold.
/// `RAFTD_SEEDS=N` runs that many seeds.
@Suite struct RandomEngineTests {
    private static let runs = UInt64(ProcessInfo.processInfo.environment["RAFTD_SEEDS"] ?? "") ?? 50
    private static let steps = 400

    @Test func safetyHoldsWhateverHappens() throws {
        var (committed, configurations, leaders, snapshots, compactions) = (0, 0, 0, 0, 0)
        for seed in 1...Self.runs {
            var run = RandomRun(seed: seed)
            for step in 0..<Self.steps {
                try run.step()
                guard run.violations.isEmpty else {
                    Issue.record("seed \(seed), step \(step): \(run.violations.joined(separator: "; "))")
                    return
                }
            }
            committed += run.committed.count
            configurations += run.checks.configurationsCommitted
            leaders += run.checks.leadersSeen
            snapshots += run.checks.snapshotsInstalled
            compactions += run.checks.compactions
        }
        // Else nothing was proved.
        let seen = "\(committed) entries, \(configurations) configurations, \(leaders) leaders, \(snapshots) snapshots"
        #expect(committed > Int(Self.runs) * 6, "\(seen)")
        #expect(configurations > Int(Self.runs) * 2, "\(seen)")
        #expect(leaders > Int(Self.runs) * 2, "\(seen)")
        #expect(snapshots * 5 > Int(Self.runs), "\(seen)")
        #expect(compactions > Int(Self.runs), "\(seen)")
    }

    @Test(arguments: UInt64(1000)...(1000 + runs / 3))
    func everythingIsCommittedOnceTheStormIsOver(seed: UInt64) throws {
        var run = RandomRun(seed: seed)
        for _ in 0..<Self.steps { try run.step() }
        run.calm()
        let ends = run.members.map { $0.applied.last?.index ?? 0 }
        #expect(Set(ends).count == 1, "seed \(seed): applied up to \(ends)")
        #expect(run.committed.last?.payload == Array("last".utf8), "seed \(seed)")
        #expect(run.violations == [], "seed \(seed)")
    }
}
