import Raft

/// What the arguments of `raftsim` say.
struct SimulatorOptions {
    enum Mode { case crashLoop, run, plan }

    /// So many crashes fall on one cluster; then the next begins, with the next seed.
    static let crashesPerTrial = 100
    static let runMilliseconds: UInt64 = 20_000
    /// Machines beside the cluster that join it and leave it in a run with faults.
    static let spares = 2

    let mode: Mode
    private(set) var seed: UInt64 = 1
    private var count = 1
    private var nodes: ClosedRange<Int> = 3...3
    private var hasFaults = false
    private var skipped: Set<Int> = []
    private var isWithoutSync = false
    private(set) var isJSON = false
    private(set) var hasLog = false

    /// - Returns: `nil` when they make no sense.
    init?(_ arguments: [String]) {
        switch arguments.first {
        case "crash-loop": mode = .crashLoop
        case "run": mode = .run
        case "plan":
            mode = .plan
            hasFaults = true
        default: return nil
        }
        var rest = arguments.dropFirst()
        while let flag = rest.popFirst() {
            guard take(flag, &rest) else { return nil }
        }
    }

    private mutating func take(_ flag: String, _ rest: inout ArraySlice<String>) -> Bool {
        switch (mode, flag) {
        case (_, "--seed"): return set(\.seed, rest.popFirst().flatMap { UInt64($0) })
        case (.crashLoop, "--crashes"), (.run, "--runs"):
            return set(\.count, rest.popFirst().flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil })
        case (_, "--nodes"): return set(\.nodes, rest.popFirst().flatMap(SimulatorOptions.range))
        case (.run, "--faults"): hasFaults = true
        case (.run, "--skip"): return set(\.skipped, rest.popFirst().flatMap(SimulatorOptions.numbers))
        case (.run, "--json"): isJSON = true
        case (.run, "--log"): hasLog = true
        case (.crashLoop, "--without-sync"): isWithoutSync = true
        default: return false
        }
        return true
    }

    private mutating func set<Value>(_ path: WritableKeyPath<SimulatorOptions, Value>, _ value: Value?) -> Bool {
        guard let value else { return false }
        self[keyPath: path] = value
        return true
    }

    /// `5` or `5-7`.
    private static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
            return nil
        }
        return first...last
    }

    /// `3,7-9`.
    private static func numbers(_ text: String) -> Set<Int>? {
        var numbers: Set<Int> = []
        for part in text.split(separator: ",") {
            guard let range = range(String(part)), range.count < 100_000 else { return nil }
            numbers.formUnion(range)
        }
        return numbers
    }

    // MARK: What is to be run

    var trials: [Trial] {
        let perTrial = mode == .crashLoop ? SimulatorOptions.crashesPerTrial : 1
        return (0..<(count + perTrial - 1) / perTrial).map { place in
            var trial = Trial(
                seed: seed + UInt64(place), faults: faults(crashes: min(perTrial, count - place * perTrial)))
            let founders = founders(seed: trial.seed)
            trial.settings.nodes = founders + (hasFaults ? SimulatorOptions.spares : 0)
            trial.settings.founders = founders
            trial.settings.ignoresSync = isWithoutSync
            // Nothing of what a disk without syncs was given survives: no half of it that a checksum would tell.
            trial.settings.tearsWrites = !isWithoutSync
            trial.skipped = skipped
            return trial
        }
    }

    /// Small clusters are the more frequent ones.
    private func founders(seed: UInt64) -> Int {
        var random = SeededRandom(seed: seed ^ 0x6E6F_6465)
        return min(Int.random(in: nodes, using: &random), Int.random(in: nodes, using: &random))
    }

    private func faults(crashes: Int) -> Trial.Faults {
        switch mode {
        case .crashLoop: .crashes(crashes)
        case .run where !hasFaults: .none(milliseconds: SimulatorOptions.runMilliseconds)
        case .run, .plan: .everything(milliseconds: SimulatorOptions.runMilliseconds)
        }
    }

    /// The command that does one trial again.
    func reproduction(of trial: Trial) -> String {
        let range = nodes.count == 1 ? "\(nodes.lowerBound)" : "\(nodes.lowerBound)-\(nodes.upperBound)"
        let common = "--seed \(trial.seed) --nodes \(range)"
        switch trial.faults {
        case .crashes(let count):
            return "raftsim crash-loop --crashes \(count) \(common)" + (isWithoutSync ? " --without-sync" : "")
        case .everything:
            let skipped = skipped.sorted().map { "\($0)" }.joined(separator: ",")
            return "raftsim run \(common) --faults" + (skipped.isEmpty ? "" : " --skip \(skipped)")
        case .none: return "raftsim run \(common)"
        }
    }
}
