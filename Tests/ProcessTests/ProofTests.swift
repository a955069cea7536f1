import Foundation
import Testing

extension ProcessTests {
    /// A short, fixed part of every proof; `docs/TESTING.md` has the commands of the long runs.
    @Suite struct Proofs {
        @Test func fiveNodesKeepTheirPromisesUnderAllFaults() throws {
            let output = try succeed(raftsim("run", "--faults", "--nodes", "5", "--seed", "1", "--runs", "30"))
            #expect(output.contains("writes acknowledged"))
        }

        /// Hashed collections are seeded anew in each process: an order that leaks from one shows here.
        @Test func oneSeedGoesTheSameWayInTwoProcesses() throws {
            let runs = try (1...2).map { _ in
                try succeed(raftsim("run", "--faults", "--nodes", "5", "--seed", "4242", "--runs", "1", "--log"))
            }
            #expect(runs[0].contains("trace "))
            #expect(runs[0] == runs[1])
        }

        /// A simulation that passes without syncs proves nothing.
        @Test func disksWithoutSyncAreFoundOut() throws {
            let process = try raftsim("crash-loop", "--crashes", "200", "--seed", "1", "--without-sync")
            #expect(try process.waitForExit(seconds: 120) == 1)
            #expect(process.output.contains("VIOLATION"), "\(process.output)")
        }

        @Test func crashPointsAreSurvived() throws {
            #expect(try succeed(script("crash-points", "--short")).contains("crash states"))
        }

        @Test func realNodesSurviveAMinuteOfTorture() throws {
            #expect(try succeed(script("torture", "--minutes", "1", "--seed", "1")).contains("no violation"))
        }

        @Test func everyBugPutInOnPurposeStillApplies() throws {
            #expect(try succeed(script("mutants", "--check")).contains(" mutants apply"))
        }

        @Test func twoBugsPutInOnPurposeAreCaught() throws {
            #expect(try succeed(script("mutants", "--rotate", "2"), seconds: 900).contains("caught"))
        }

        private func raftsim(_ arguments: String...) throws -> ChildProcess {
            try ChildProcess([Programs.raftsim] + arguments)
        }

        /// A script of this checkout, on the programs under test.
        private func script(_ name: String, _ arguments: String...) throws -> ChildProcess {
            try ChildProcess([Programs.repository + "/scripts/" + name] + arguments)
        }

        /// - Returns: what it wrote.
        private func succeed(_ process: ChildProcess, seconds: Double = 300) throws -> String {
            #expect(try process.waitForExit(seconds: seconds) == 0, "\(process.output)")
            return process.output
        }
    }
}
