import Raft

/// Which faults a run has and how often: drawn from its seed, one stream of chance for each kind.
struct FaultMix {
    private let seed: UInt64
    private let nodes: Int
    private let founders: Int
    private let milliseconds: UInt64

    /// - Parameters:
    ///   - nodes: how many machines there are; the first `founders` of them form the cluster.
    ///   - milliseconds: how long the run is.
    init(seed: UInt64, nodes: Int, founders: Int, milliseconds: UInt64) {
        self.seed = seed
        self.nodes = nodes
        self.founders = founders
        self.milliseconds = milliseconds
    }

    func plan() -> FaultPlan {
        var faults: [(time: UInt64, duration: UInt64, fault: Fault)] = []
        for (place, kind) in FaultKind.allCases.enumerated() {
            var random = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(place) &+ 1)
            // discarded: the first number of neighbouring seeds tells too much of the next
            _ = random.next()
            guard Int.random(in: 0..<100, using: &random) < kind.percent else { continue }
            let gap = kind.shortestGap * UInt64.random(in: 1...4, using: &random)
            var time = UInt64.random(in: 100...gap + 100, using: &random)
            while time < milliseconds {
                var dice = FaultDice(random: random, nodes: nodes, founders: founders)
                let fault = dice.fault(of: kind)
                let duration = dice.duration(of: kind)
                random = dice.random
                faults.append((time, duration, fault))
                // One of a kind at a time.
                time += duration + UInt64.random(in: 1...2 * gap, using: &random)
            }
        }
        return FaultPlan(faults)
    }
}
