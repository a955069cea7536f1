/// The command line of `raftsim`.
package enum SimulatorCommand {
    static let usage = """
        usage: raftsim run --seed S [--runs K] [--nodes N[-M]] [--faults [--skip LIST]] [--json] [--log]
               raftsim plan --seed S [--nodes N[-M]]
               raftsim crash-loop --crashes N --seed S [--nodes N] [--without-sync]
               raftsim crash-points ...
               raftsim check-history FILE...

        Runs clusters of real replicas under a virtual clock, network and disks, and checks what they promise.
          run          K runs of 20 virtual seconds, with seeds from S on; with --faults everything goes wrong that can, as each
                       seed plans; --skip leaves out faults of the plan, by number, as in 3,7-9
          plan         prints what goes wrong in the run with this seed
          crash-loop   crashes nodes until N crashes are done: disks lose what was not synced
          --nodes      how many form the cluster: so many, or between N and M as the seed has it; default 3
          --json       the sums of all runs as one line of JSON, at the end
          --log        what the nodes and the faults of the run had to say
          --without-sync   takes the sync out of every disk: the crash loop must fail then
        Exit status: 0 all promises held, 1 one was broken, 64 usage.
        """

    /// Runs what `arguments` (the first one is the program) ask for.
    /// - Parameters:
    ///   - source: how files are read that `arguments` name.
    ///   - note: takes a line that must be out before the next step, in case that one ends the program.
    /// - Returns: the exit status.
    package static func main(
        _ arguments: [String], reading source: HistoryCommand.FileSource, note: @escaping (String) -> Void
    ) -> Int32 {
        let rest = Array(arguments.dropFirst(2))
        switch arguments.dropFirst().first {
        case "crash-points": return CrashPointCommand.run(rest)
        case "check-history": return HistoryCommand.run(rest, reading: source)
        default: return runTrials(arguments, note: note)
        }
    }

    private static func runTrials(_ arguments: [String], note: @escaping (String) -> Void) -> Int32 {
        guard let options = SimulatorOptions(Array(arguments.dropFirst())) else {
            print(usage)
            return 64
        }
        switch options.mode {
        case .run, .crashLoop: return TrialCommand(options: options, note: note).run()
        case .plan:
            for trial in options.trials { for item in trial.plan.items { print(item) } }
            return 0
        }
    }
}
