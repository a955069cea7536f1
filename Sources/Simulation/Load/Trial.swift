import Raft
import Replica

/// One cluster's life under load and faults, from a seed: empty disks, formation, faults, then peace and convergence.
package struct Trial {
    /// What goes wrong.
    package enum Faults: Sendable {
        /// Crashes of one node or several, until there were so many.
        case crashes(Int)
        /// All kinds, as the seed plans, for so long.
        case everything(milliseconds: UInt64)
        /// Nothing, for so long.
        case none(milliseconds: UInt64)
    }

    package let seed: UInt64
    package let faults: Faults
    package var settings = SimulationSettings()
    /// The numbers of faults that are left out of the plan.
    package var skipped: Set<Int> = []

    /// A trial in a world drawn from `seed`: fast and slow disks and networks, small and large segments and windows.
    package init(seed: UInt64, faults: Faults) {
        self.seed = seed
        self.faults = faults
        var random = SeededRandom(seed: seed)
        settings.diskMicroseconds = random.pick([50...150, 100...600, 500...5_000, 2_000...30_000])
        settings.network.delayMicroseconds = random.pick([20...100, 50...500, 500...5_000])
        settings.replica.log = SegmentedLog.Settings(
            segmentSize: random.pick([4 << 10, 16 << 10, 64 << 10]), maxBatchSize: 8 << 10)
        settings.replica.raft.windowBytes = random.pick([0, 4 << 10, 32 << 20])
        settings.replica.raft.maxBytesPerAppend = random.pick([1 << 10, 16 << 10, 1 << 20])
        settings.replica.snapshotEntries = random.pick([20, 200, 100_000])
        settings.replica.snapshotChunkBytes = random.pick([1 << 10, 1 << 20])
        settings.replica.maxPendingBytes = random.pick([2 << 10, 64 << 20])
        settings.namesPeers = random.pick([true, false])
    }

    /// What is to go wrong. Empty where nothing is, or where chance decides on the way.
    package var plan: FaultPlan {
        guard case .everything(let milliseconds) = faults else { return FaultPlan([]) }
        let mix = FaultMix(
            seed: seed, nodes: settings.nodes, founders: settings.founders ?? settings.nodes, milliseconds: milliseconds
        )
        return mix.plan().skipping(skipped)
    }

    /// - Throws: the first promise that was broken.
    package func run() throws(Violation) -> Summary {
        let simulation = Simulation(settings, seed: seed)
        return try run(simulation)
    }

    /// - Parameter simulation: new, with this trial's settings and seed.
    package func run(_ simulation: Simulation) throws(Violation) -> Summary {
        let load = ClientLoad(simulation)
        let operators = Operator(simulation)
        let injector = FaultInjector(simulation, operators)
        simulation.startAll()
        load.start()
        switch faults {
        case .crashes(let count): crash(simulation, until: count)
        case .everything(let milliseconds):
            injector.schedule(plan)
            operators.schedule()
            simulation.run(forMilliseconds: milliseconds)
        case .none(let milliseconds): simulation.run(forMilliseconds: milliseconds)
        }
        injector.stop()
        load.stop()
        if let violation = simulation.violation { throw violation }
        try simulation.converge { load.isIdle }
        try load.checkHistory()
        return summary(of: simulation, load)
    }

    private func crash(_ simulation: Simulation, until count: Int) {
        let script = CrashScript(simulation)
        script.scheduleCrash(until: count)
        while simulation.violation == nil, script.crashes < count { simulation.run(forMilliseconds: 100) }
        simulation.onCrash = nil
        script.stop()
    }

    private func summary(of simulation: Simulation, _ load: ClientLoad) -> Summary {
        var counters = simulation.counters
        counters.add(.overtaking, simulation.network.overtakings)
        counters.add(.diskLogRead, simulation.logReads)
        return Summary(
            crashes: simulation.powerLosses, virtualMilliseconds: simulation.now.nanoseconds / 1_000_000,
            acknowledgedWrites: load.history.acknowledgedWrites, unknownWrites: load.history.unknownWrites,
            linearizableReads: load.history.linearizableReads, staleReads: load.history.staleReads,
            elections: simulation.elections, counters: counters, traceHash: simulation.traceHash)
    }
}
