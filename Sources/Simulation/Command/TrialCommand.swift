import Bytes

/// Runs trials one after the other, up to the first promise that is broken.
struct TrialCommand {
    let options: SimulatorOptions
    /// Takes a line that must be out before the next step.
    let note: (String) -> Void

    func run() -> Int32 {
        var total = Summary.none
        for trial in options.trials {
            // Should the run trap, this line tells how to have it again.
            note("running: \(options.reproduction(of: trial))")
            let simulation = Simulation(trial.settings, seed: trial.seed)
            do throws(Violation) {
                let summary = try trial.run(simulation)
                if options.mode == .run {
                    print("seed \(trial.seed): \(trial.settings.founders ?? 0) nodes, \(summary)")
                }
                total += summary
            } catch {
                print(log(of: simulation) + "seed \(trial.seed): VIOLATION: \(error)")
                print("reproduce: \(options.reproduction(of: trial))")
                return 1
            }
            print(log(of: simulation), terminator: "")
        }
        print(options.isJSON ? json(total) : table(total))
        return 0
    }

    private func log(of simulation: Simulation) -> String {
        options.hasLog ? simulation.reports.map { $0 + "\n" }.joined() : ""
    }

    private func table(_ total: Summary) -> String {
        let rows = total.counters.faultRows + total.counters.eventRows
        let lines = rows.map { row in "  \(row.name): \(row.count)" }
        return (["seed \(options.seed), \(total.runs) runs: \(total)"] + lines).joined(separator: "\n")
    }

    private func json(_ total: Summary) -> String {
        func object(_ rows: [(name: String, count: Int)]) -> JSONValue {
            .object(JSONObject(rows.map { JSONObject.Member(key: $0.name, value: JSONValue(UInt64($0.count))) }))
        }
        let sums: [(name: String, count: Int)] = [
            ("runs", total.runs), ("virtual milliseconds", Int(total.virtualMilliseconds)),
            ("crashes", total.crashes), ("acknowledged writes", total.acknowledgedWrites),
            ("unknown writes", total.unknownWrites), ("linearizable reads", total.linearizableReads),
            ("stale reads", total.staleReads),
        ]
        let document = JSONObject([
            JSONObject.Member(key: "sums", value: object(sums)),
            JSONObject.Member(key: "faults", value: object(total.counters.faultRows)),
            JSONObject.Member(key: "events", value: object(total.counters.eventRows)),
        ])
        return String(decoding: JSONValue.object(document).encoded, as: UTF8.self)
    }
}
