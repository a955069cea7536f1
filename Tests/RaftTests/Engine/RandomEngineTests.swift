import Raft
import Testing

/// Engines under random delivery, duplication, reordering, loss, slow disks, silence and restarts; after every step the properties
/// of thesis figure 3.2 hold.
@Suite struct RandomEngineTests {
    private static let runs = 150
    private static let steps = 250

    @Test func safetyHoldsWhateverHappens() throws {
        var committed = 0
        for seed in 1...UInt64(Self.runs) {
            var run = RandomRun(seed: seed)
            for step in 0..<Self.steps {
                try run.step()
                guard run.violations.isEmpty else {
                    Issue.record("seed \(seed), step \(step): \(run.violations.joined(separator: "; "))")
                    return
                }
            }
            committed += run.committed.count
        }
        // Else nothing was proved.
        #expect(committed > Self.runs * 3)
    }

    @Test(arguments: UInt64(1000)...1030)
    func everythingIsCommittedOnceTheStormIsOver(seed: UInt64) throws {
        var run = RandomRun(seed: seed)
        for _ in 0..<Self.steps { try run.step() }
        run.calm()
        let ends = run.cluster.nodes.map { $0.applied.last?.position }
        #expect(Set(ends.map { $0?.index ?? 0 }).count == 1, "seed \(seed): applied up to \(ends)")
        #expect(run.committed.last?.payload == Array("last".utf8), "seed \(seed)")
        #expect(run.violations == [], "seed \(seed)")
    }
}
