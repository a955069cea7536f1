import Raft
import Testing

@testable import Simulation

/// Whole runs with everything that can go wrong.
@Suite struct TrialTests {
    private func trial(_ seed: UInt64, milliseconds: UInt64 = 5_000) -> Trial {
        var trial = Trial(seed: seed, faults: .everything(milliseconds: milliseconds))
        trial.settings.nodes = 6
        trial.settings.founders = 5
        return trial
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func promisesHold(seed: UInt64) throws {
        let summary = try trial(seed).run()
        #expect(summary.acknowledgedWrites > 0, "seed \(seed)")
    }

    @Test func aSeedGoesOneWay() throws {
        let (one, other) = (try trial(4).run(), try trial(4).run())
        #expect(one.traceHash == other.traceHash)
        #expect(one.counters.eventRows.map(\.count) == other.counters.eventRows.map(\.count))
        #expect(try trial(5).run().traceHash != one.traceHash)
    }

    /// A simulation that passes without any sync shows nothing.
    @Test func disksWithoutSyncAreNoticed() {
        #expect(throws: Violation.self) {
            for seed in 1...10 as ClosedRange<UInt64> {
                var trial = Trial(seed: seed, faults: .crashes(20))
                trial.settings.ignoresSync = true
                trial.settings.tearsWrites = false
                _ = try trial.run()
            }
        }
    }
}
