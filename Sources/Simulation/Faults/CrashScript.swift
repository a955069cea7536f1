import Raft

/// Crashes nodes by chance, for the crash loop.
final class CrashScript {
    private unowned let simulation: Simulation
    private var random: SeededRandom
    private(set) var crashes = 0
    private var isStopped = false

    init(_ simulation: Simulation) {
        self.simulation = simulation
        random = SeededRandom(seed: simulation.random.next())
        simulation.onCrash = { [self] in crashed($0) }
    }

    func stop() { isStopped = true }

    private func after(_ milliseconds: ClosedRange<UInt64>, _ action: @escaping () -> Void) {
        simulation.after(milliseconds: UInt64.random(in: milliseconds, using: &random)) { [self] _ in
            if !isStopped { action() }
        }
    }

    private var anyNode: Int { Int.random(in: 0..<simulation.nodes.count, using: &random) }

    /// Crashes nodes again and again, the leader as often as all others, all at once now and then.
    func scheduleCrash(until limit: Int) {
        guard crashes < limit else { return }
        // Some follow each other closely: before a leader is found, before recovery has settled.
        after(random.chance(20) ? 1...30 : 50...700) { [self] in
            crashSome(atMost: limit - crashes)
            scheduleCrash(until: limit)
        }
    }

    private func crashSome(atMost limit: Int) {
        if random.chance(15) {
            for node in simulation.nodes.prefix(limit) { crash(node.place) }
        } else if let leader = simulation.leader, random.chance(40) {
            crash(leader.place)
        } else {
            crash(anyNode)
        }
    }

    private func crash(_ place: Int) {
        guard simulation.nodes[place].isRunning else { return }
        // What a turn has sent must be on the disk already: half of all crashes come right after one.
        guard random.chance(50) else {
            simulation.nodes[place].crashesAfterTurn = true
            return
        }
        simulation.crash(place)
        crashed(place)
    }

    private func crashed(_ place: Int) {
        crashes += 1
        restart(place)
    }

    private func restart(_ place: Int) {
        after(random.chance(30) ? 1...20 : 20...900) { [self] in
            let isInterrupted = random.chance(10)
            simulation.start(place, isInterrupted: isInterrupted)
            if isInterrupted { restart(place) }
        }
    }
}
