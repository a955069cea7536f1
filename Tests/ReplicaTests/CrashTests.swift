import Raft
import Replica
@testable import Simulation
import StateMachine
import Testing

/// Many crashes and faults under load, and that the harness would notice.
@Suite struct CrashTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func crashesLoseNothing(seed: UInt64) throws {
        let summary = try Trial(seed: seed, faults: .crashes(50)).run()
        #expect(summary.crashes >= 50 && summary.acknowledgedWrites > 200, "seed \(seed): \(summary)")
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func crashesOfAGroupOfOneLoseNothing(seed: UInt64) throws {
        var trial = Trial(seed: seed, faults: .crashes(50))
        trial.settings.nodes = 1
        let summary = try trial.run()
        #expect(summary.crashes >= 50 && summary.acknowledgedWrites > 20, "seed \(seed): \(summary)")
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func partitionsAndLossBreakNoPromise(seed: UInt64) throws {
        let summary = try Trial(seed: seed, faults: .everything(milliseconds: 10_000)).run()
        #expect(summary.acknowledgedWrites > 50 && summary.linearizableReads > 10, "seed \(seed): \(summary)")
    }

    @Test func withoutSyncWritesAreLostAndItIsNoticed() {
        var violations: [String] = []
        for seed in 1...10 as ClosedRange<UInt64> {
            var trial = Trial(seed: seed, faults: .crashes(50))
            trial.settings.ignoresSync = true
            // With snapshots much else is lost, too.
            trial.settings.replica.snapshotEntries = .max
            trial.settings.replica.snapshotLogBytes = .max
            trial.settings.tearsWrites = false
            let violation = #expect(throws: Violation.self, "seed \(seed)") { try trial.run() }
            violations.append("seed \(seed): \(violation?.description ?? "none")")
        }
        #expect(violations.allSatisfy { $0.contains("forgot") }, "\(violations)")
        #expect(violations.count { $0.contains("entries are lost") } >= 8, "\(violations)")
        // Some crash before a client was told anything.
        #expect(violations.count { $0.contains("among them acknowledged writes") } >= 5, "\(violations)")
    }

    @Test func oneSeedIsOneHistory() throws {
        let first = try Trial(seed: 7, faults: .everything(milliseconds: 5000)).run()
        let second = try Trial(seed: 7, faults: .everything(milliseconds: 5000)).run()
        let other = try Trial(seed: 8, faults: .everything(milliseconds: 5000)).run()
        #expect(first.traceHash == second.traceHash)
        #expect(first.description == second.description)
        #expect(first.traceHash != other.traceHash)
    }
}
