import Raft
import Replica

/// One cluster's life under load and faults, from a seed: empty disks, formation, faults, then peace and convergence.
package struct Trial {
    /// What goes wrong.
    package enum Faults: Sendable {
        /// Crashes of one node or several, until there were so many.
        case crashes(Int)
        /// Partitions, loss, duplicates, slow disks and some crashes, for so long.
        case everything(milliseconds: UInt64)
        /// Nothing, for so long.
        case none(milliseconds: UInt64)
    }

    package let seed: UInt64
    package let faults: Faults
    package var settings = SimulationSettings()

    /// A trial in a world drawn from `seed`: fast and slow disks and networks, small and large segments and windows.
    package init(seed: UInt64, faults: Faults) {
        self.seed = seed
        self.faults = faults
        var random = SeededRandom(seed: seed)
        func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: values.indices, using: &random)] }
        settings.diskMicroseconds = pick([50...150, 100...600, 500...5_000, 2_000...30_000])
        settings.network.delayMicroseconds = pick([20...100, 50...500, 500...5_000])
        settings.replica.log = SegmentedLog.Settings(
            segmentSize: pick([4 << 10, 16 << 10, 64 << 10]), maxBatchSize: 8 << 10)
        settings.replica.raft.windowBytes = pick([0, 4 << 10, 32 << 20])
        settings.replica.raft.maxBytesPerAppend = pick([1 << 10, 16 << 10, 1 << 20])
        settings.replica.snapshotEntries = pick([20, 200, 100_000])
        settings.replica.snapshotChunkBytes = pick([1 << 10, 1 << 20])
        settings.replica.maxPendingBytes = pick([2 << 10, 64 << 20])
        settings.namesPeers = pick([true, false])
    }

    /// - Throws: the first promise that was broken.
    package func run() throws(Violation) -> Summary {
        let simulation = Simulation(settings, seed: seed)
        let load = ClientLoad(simulation)
        let script = FaultScript(simulation)
        let operators = OperatorScript(simulation)
        simulation.startAll()
        load.start()
        switch faults {
        case .crashes(let count):
            script.scheduleCrash(until: count)
            while simulation.violation == nil, script.crashes < count { simulation.run(forMilliseconds: 100) }
        case .everything(let milliseconds):
            script.scheduleFault()
            operators.schedule()
            simulation.run(forMilliseconds: milliseconds)
        case .none(let milliseconds): simulation.run(forMilliseconds: milliseconds)
        }
        script.stop()
        operators.stop()
        load.stop()
        if let violation = simulation.violation { throw violation }
        try simulation.converge { load.isIdle }
        try load.history.checkDenied(simulation.model)
        var summary = summary(of: simulation, load, crashes: script.crashes)
        (summary.joins, summary.leaves, summary.transfers) = (operators.joins, operators.leaves, operators.transfers)
        (summary.snapshots, summary.snapshotReads) = (simulation.snapshotsWritten, simulation.snapshotReads)
        return summary
    }

    private func summary(of simulation: Simulation, _ load: ClientLoad, crashes: Int) -> Summary {
        Summary(
            crashes: crashes, virtualMilliseconds: simulation.now.nanoseconds / 1_000_000,
            acknowledgedWrites: load.history.acknowledgedWrites, unknownWrites: load.history.unknownWrites,
            linearizableReads: load.history.linearizableReads, staleReads: load.history.staleReads,
            elections: simulation.elections, traceHash: simulation.traceHash)
    }
}
