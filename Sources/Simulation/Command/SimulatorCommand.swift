/// The command line of `raftsim`.
package struct SimulatorCommand {
    static let usage = """
        usage: raftsim crash-loop --crashes N --seed S [--nodes 3] [--without-sync]
               raftsim run --seed S --runs K [--nodes 3] [--faults]

        Runs clusters of real replicas under a virtual clock, network and disks, and checks what they promise.
          crash-loop   crashes nodes until N crashes are done: disks lose what was not synced
          run          K runs of 20 virtual seconds; with --faults: partitions, loss, duplicates, slow and full
                       disks, crashes, nodes that join and leave, transfers of leadership
          --without-sync   takes the sync out of every disk: the crash loop must fail then
        Exit status: 0 all promises held, 1 one was broken, 64 usage.
        """

    /// So many crashes fall on one cluster; then the next begins, with the next seed.
    static let crashesPerTrial = 100
    static let runMilliseconds: UInt64 = 20_000
    /// Machines beside the cluster that join it and leave it in a run with faults.
    static let spares = 2

    private enum Mode { case crashLoop, run }

    private var mode = Mode.run
    private var seed: UInt64 = 1
    private var count = 1
    private var nodes = 3
    private var hasFaults = false
    private var isWithoutSync = false

    /// Runs what `arguments` (the first one is the program) ask for.
    /// - Returns: the exit status.
    package static func main(_ arguments: [String]) -> Int32 {
        if arguments.dropFirst().first == "crash-points" { return CrashPointCommand.run(Array(arguments.dropFirst(2))) }
        guard let command = SimulatorCommand(Array(arguments.dropFirst())) else {
            print(usage)
            return 64
        }
        return command.run()
    }

    private init?(_ arguments: [String]) {
        switch arguments.first {
        case "crash-loop": mode = .crashLoop
        case "run": mode = .run
        default: return nil
        }
        var rest = arguments.dropFirst()
        while let flag = rest.popFirst() {
            switch (mode, flag) {
            case (_, "--seed"):
                guard let value = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
                seed = value
            case (.crashLoop, "--crashes"), (.run, "--runs"):
                guard let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else { return nil }
                count = value
            case (_, "--nodes"):
                guard let value = rest.popFirst().flatMap({ Int($0) }), (1...9).contains(value) else { return nil }
                nodes = value
            case (.run, "--faults"): hasFaults = true
            case (.crashLoop, "--without-sync"): isWithoutSync = true
            default: return nil
            }
        }
    }

    private func run() -> Int32 {
        var total = Summary()
        for trial in trials {
            do throws(Violation) {
                total += try trial.run()
            } catch {
                print("seed \(trial.seed): VIOLATION: \(error)")
                print("reproduce: \(reproduction(of: trial))")
                return 1
            }
        }
        print("seed \(seed): \(total)")
        return 0
    }

    private var trials: [Trial] {
        let perTrial = mode == .run ? 1 : SimulatorCommand.crashesPerTrial
        return (0..<(count + perTrial - 1) / perTrial).map { place in
            var trial = Trial(
                seed: seed + UInt64(place), faults: faults(crashes: min(perTrial, count - place * perTrial)))
            trial.settings.nodes = nodes + (hasFaults ? SimulatorCommand.spares : 0)
            trial.settings.founders = nodes
            trial.settings.ignoresSync = isWithoutSync
            // Nothing of what a disk without syncs was given survives: no half of it that a checksum would tell.
            trial.settings.tearsWrites = !isWithoutSync
            return trial
        }
    }

    private func faults(crashes: Int) -> Trial.Faults {
        switch mode {
        case .crashLoop: .crashes(crashes)
        case .run where hasFaults: .everything(milliseconds: SimulatorCommand.runMilliseconds)
        case .run: .none(milliseconds: SimulatorCommand.runMilliseconds)
        }
    }

    private func reproduction(of trial: Trial) -> String {
        let common = "--seed \(trial.seed) --nodes \(nodes)"
        switch trial.faults {
        case .crashes(let count):
            return "raftsim crash-loop --crashes \(count) \(common)" + (isWithoutSync ? " --without-sync" : "")
        case .everything: return "raftsim run --runs 1 \(common) --faults"
        case .none: return "raftsim run --runs 1 \(common)"
        }
    }
}
