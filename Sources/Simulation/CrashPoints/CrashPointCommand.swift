/// `raftsim crash-points`: every crash point of every workload, and every bit of sealed data.
package struct CrashPointCommand {
    static let usage = """
        usage: raftsim crash-points [--workload NAME] [--short | --every N]
               raftsim crash-points --workload NAME --state K
               raftsim crash-points --list

        Stops scripted workloads after every disk operation, in every state that a crash may leave then, and has a node
        start there; then turns every bit of sealed files over.
          --workload NAME   this one only; --list tells them
          --every N         one of N states, always the same; --short is --every \(shortStride)
          --state K         this state alone
        Exit status: 0 all promises held, 1 one was broken, 64 usage.
        """

    static let shortStride = 30

    private var workloads = Workload.all
    private var selection = CrashPointRun.Selection()
    private var isList = false

    /// Runs what `arguments` (without the program and the name of the command) ask for.
    /// - Returns: the exit status.
    package static func run(_ arguments: [String]) -> Int32 {
        guard let command = CrashPointCommand(arguments) else {
            print(usage)
            return 64
        }
        return command.run()
    }

    private init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            switch flag {
            case "--workload":
                guard let workload = rest.popFirst().flatMap(Workload.named) else { return nil }
                workloads = [workload]
            case "--every":
                guard let every = rest.popFirst().flatMap({ Int($0) }), every > 0 else { return nil }
                selection.every = every
            case "--short": selection.every = CrashPointCommand.shortStride
            case "--state":
                guard let state = rest.popFirst().flatMap({ Int($0) }), state > 0 else { return nil }
                selection.only = state
            case "--list": isList = true
            default: return nil
            }
        }
        if selection.only != nil, workloads.count != 1 { return nil }
    }

    private func run() -> Int32 {
        if isList {
            for workload in workloads { print("\(workload.name): \(workload.summary)") }
            return 0
        }
        var total = CrashPointRun.Counts()
        for workload in workloads {
            do throws(CrashPointFailure) {
                let counts = try workload.run(selection)
                print("\(workload.name): \(counts)")
                total += counts
            } catch {
                print("VIOLATION: \(error)")
                return 1
            }
        }
        guard total.total > 0 else {
            print("there is no such state")
            return 64
        }
        print("total: \(total)")
        return 0
    }
}

extension Workload {
    /// - Throws: the first crash state that goes wrong.
    func run(_ selection: CrashPointRun.Selection) throws(CrashPointFailure) -> CrashPointRun.Counts {
        let tape: Tape
        do {
            tape = try makeTape()
        } catch {
            throw CrashPointFailure(
                workload: name, state: 0, place: "while it runs without a crash", complaint: "\(error)")
        }
        var run = CrashPointRun(name, tape, selection)
        return try run.run()
    }
}

extension CrashPointRun.Counts: CustomStringConvertible {
    var description: String {
        "\(operations) operations, \(crashStates) crash states (\(distinctDisks) different disks), "
            + "\(repairStates) within repairs, \(detectedBits) turned bits detected, \(harmlessBits) without effect: \(total) states"
    }
}
