import Raft
import Testing

@testable import Simulation

@Suite struct FaultPlanTests {
    private func trial(_ seed: UInt64) -> Trial {
        var trial = Trial(seed: seed, faults: .everything(milliseconds: 20_000))
        trial.settings.nodes = 7
        trial.settings.founders = 5
        return trial
    }

    @Test func aSeedMakesOnePlan() {
        for seed in 1...20 as ClosedRange<UInt64> {
            #expect(trial(seed).plan.items.map(\.description) == trial(seed).plan.items.map(\.description))
        }
        #expect(trial(1).plan.items.map(\.description) != trial(2).plan.items.map(\.description))
    }

    @Test func allKindsAreInSomePlansAndNoneInAll() {
        let plans = (1...60 as ClosedRange<UInt64>).map { seed in trial(seed).plan.items.map(\.fault.kind) }
        for kind in FaultKind.allCases {
            let count = plans.count { $0.contains(kind) }
            #expect(count > 0 && count < plans.count, "\(kind) is in \(count) of \(plans.count) plans")
        }
    }

    @Test func withoutSomeFaultsTheOthersStayAsTheyWere() {
        var shorter = trial(3)
        let all = trial(3).plan.items
        shorter.skipped = [2, 5]
        #expect(shorter.plan.items.map(\.description) == all.filter { ![2, 5].contains($0.number) }.map(\.description))
        #expect(all.map(\.time) == all.map(\.time).sorted())
        #expect(all.map(\.number) == Array(1...all.count))
    }

    @Test func argumentsAreUnderstoodOrRefused() throws {
        let options = try #require(
            SimulatorOptions(["run", "--seed", "7", "--runs", "3", "--nodes", "5-7", "--faults", "--skip", "3,7-9"]))
        #expect(options.trials.map(\.seed) == [7, 8, 9])
        #expect(
            options.trials.allSatisfy { $0.skipped == [3, 7, 8, 9] && (5...7).contains($0.settings.founders ?? 0) })
        #expect(
            options.reproduction(of: options.trials[1]) == "raftsim run --seed 8 --nodes 5-7 --faults --skip 3,7,8,9")
        for arguments in [
            [], ["fly"], ["run", "--nodes", "7-5"], ["run", "--runs", "0"], ["run", "--seed"], ["run", "--skip", "x"],
            ["crash-loop", "--faults"],
        ] {
            #expect(SimulatorOptions(arguments) == nil, "\(arguments)")
        }
    }
}
