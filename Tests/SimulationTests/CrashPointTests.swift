import Raft
import Testing

@testable import Simulation

/// The crash points find what they are for. The whole of them takes minutes, and is a command of its own.
@Suite struct CrashPointTests {
    private static let names = ["append", "vote", "torn", "install"]

    private func tape(_ name: String) throws -> Tape { try #require(Workload.named(name)).makeTape() }

    private func run(
        _ name: String, _ tape: Tape, _ selection: CrashPointRun.Selection = .init()
    ) throws(CrashPointFailure) -> CrashPointRun.Counts {
        var run = CrashPointRun(name, tape, selection)
        return try run.run()
    }

    @Test(arguments: names)
    func someOfEveryWorkload(name: String) throws {
        let counts = try run(name, try tape(name), .init(every: 20_000))
        #expect(counts.crashStates > 0 && counts.repairStates > 10, "\(counts)")
        #expect(counts.detectedBits + counts.harmlessBits > 0, "\(counts)")
    }

    /// What a node must not leave out, and a workload that tells.
    enum Omission: String, CaseIterable {
        case syncOfSegments, syncOfLogFolder, syncOfSpareMeta, syncOfRoot, syncOfSnapshot, syncOfDataFolder
        case syncOfReceived

        var workload: String {
            switch self {
            case .syncOfSegments: "append"
            case .syncOfLogFolder: "prepare"
            case .syncOfSpareMeta, .syncOfRoot: "vote"
            case .syncOfSnapshot, .syncOfDataFolder: "snapshot"
            case .syncOfReceived: "install"
            }
        }

        func concerns(_ operation: DiskOperation) -> Bool {
            switch (self, operation) {
            case (.syncOfSegments, .sync(let path)): path.hasPrefix("raft_log/")
            case (.syncOfLogFolder, .syncDirectory(let path)): path == "raft_log"
            case (.syncOfSpareMeta, .sync(let path)): path == "raft_meta.spare"
            case (.syncOfRoot, .syncDirectory(let path)): path.isEmpty
            case (.syncOfSnapshot, .sync(let path)): path == "data/writing"
            case (.syncOfDataFolder, .syncDirectory(let path)): path == "data"
            case (.syncOfReceived, .sync(let path)): path == "data/receiving"
            default: false
            }
        }
    }

    /// A disk that was not asked to sync fails a state, and that state fails alone.
    @Test(arguments: Omission.allCases)
    func everySyncIsNeeded(omission: Omission) throws {
        let whole = try tape(omission.workload)
        var tape = Tape(settings: whole.settings, newcomer: whole.newcomer)
        var left = 0
        for step in whole.steps {
            if case .operation(let operation) = step, omission.concerns(operation) {
                left += 1
            } else {
                tape.append([step])
            }
        }
        try #require(left > 0)
        let failure = try #require(throws: CrashPointFailure.self) {
            try run(omission.workload, tape, .init(every: 701))
        }
        #expect(failure.reproduction == "raftsim crash-points --workload \(omission.workload) --state \(failure.state)")
        let alone = try #require(throws: CrashPointFailure.self) {
            try run(omission.workload, tape, .init(only: failure.state))
        }
        #expect(alone.description == failure.description)
    }

    /// Damage to a last batch that is not sealed cannot be told from a torn write: that is what the seal is for.
    @Test func withoutASealDamageIsTakenForTorn() throws {
        var node = try ScriptedNode(settings: Workload.smallSegments)
        for verb in [.append([0]), .commit, .form, .append([100])] as [ScriptedNode.Verb] { try node.run(verb) }
        var tape = node.tape
        tape.append([.rest])
        let failure = try #require(throws: CrashPointFailure.self) { try run("unsealed", tape, .init(every: 400)) }
        #expect(
            failure.complaint == "entries are lost" || failure.complaint == "it changes what is found", "\(failure)")
    }

    @Test func oneSelectionIsTheSameEveryTime() throws {
        let counts = try run("vote", try tape("vote"), .init(every: 20_000))
        let again = try run("vote", try tape("vote"), .init(every: 20_000))
        #expect(counts.description == again.description)
    }

    @Test func badArgumentsAreUsage() {
        for arguments in [["--every", "0"], ["--workload", "none"], ["--state", "1"], ["--state"], ["what"]] {
            #expect(CrashPointCommand.run(arguments) == 64, "\(arguments)")
        }
        #expect(CrashPointCommand.run(["--list"]) == 0)
        #expect(CrashPointCommand.run(["--workload", "vote", "--state", "99999999"]) == 64, "there is no such state")
    }
}
