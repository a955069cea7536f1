import Raft

/// Makes things go wrong, by chance.
final class FaultScript {
    private unowned let simulation: Simulation
    private var random: SeededRandom
    private(set) var crashes = 0
    private var isStopped = false

    init(_ simulation: Simulation) {
        self.simulation = simulation
        random = SeededRandom(seed: simulation.random.next())
        simulation.onCrash = { [unowned self] in crashed($0) }
    }

    func stop() { isStopped = true }

    private func after(_ milliseconds: ClosedRange<UInt64>, _ action: @escaping () -> Void) {
        simulation.after(milliseconds: UInt64.random(in: milliseconds, using: &random)) { [unowned self] _ in
            if !isStopped { action() }
        }
    }

    private func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private var anyNode: Int { Int.random(in: 0..<simulation.nodes.count, using: &random) }

    // MARK: Crashes

    /// Crashes nodes again and again, the leader as often as all others, all at once now and then.
    func scheduleCrash(until limit: Int) {
        guard crashes < limit else { return }
        // Some follow each other closely: before a leader is found, before recovery has settled.
        after(chance(20) ? 1...30 : 50...700) { [unowned self] in
            crashSome(atMost: limit - crashes)
            scheduleCrash(until: limit)
        }
    }

    private func crashSome(atMost limit: Int) {
        if chance(15) {
            for node in simulation.nodes.prefix(limit) { crash(node.place) }
        } else if let leader = simulation.leader, chance(40) {
            crash(leader.place)
        } else {
            crash(anyNode)
        }
    }

    private func crash(_ place: Int) {
        guard simulation.nodes[place].isRunning else { return }
        // What a turn has sent must be on the disk already: half of all crashes come right after one.
        guard chance(50) else {
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
        after(chance(30) ? 1...20 : 20...900) { [unowned self] in
            let isInterrupted = chance(10)
            simulation.start(place, isInterrupted: isInterrupted)
            if isInterrupted { restart(place) }
        }
    }

    // MARK: Everything

    func scheduleFault() {
        after(50...900) { [unowned self] in
            oneFault()
            scheduleFault()
        }
    }

    private func oneFault() {
        switch Int.random(in: 0..<12, using: &random) {
        case 10: simulation.nodes[anyNode].hasNoSpace = true
        case 11: for node in simulation.nodes { node.hasNoSpace = false }
        case 0, 1: crashSome(atMost: .max)
        case 2, 3: simulation.network.isolate(anyNode)
        case 4: cutOneLink()
        case 5: worsenNetwork()
        case 6: simulation.nodes[anyNode].diskMicroseconds = chance(50) ? 20_000...400_000 : nil
        case 7: simulation.network.settings = NetworkSettings()
        default: simulation.network.heal()
        }
    }

    private func cutOneLink() {
        let (one, other) = (anyNode, anyNode)
        if one != other { simulation.network.cut(from: one, to: other) }
    }

    private func worsenNetwork() {
        var settings = NetworkSettings()
        let loss = [0, 0.01, 0.05, 0.2]
        settings.requestLossRate = loss.randomElement(using: &random) ?? 0
        settings.answerLossRate = loss.randomElement(using: &random) ?? 0
        settings.duplicationRate = loss.randomElement(using: &random) ?? 0
        settings.keepsOrder = chance(50)
        settings.delayMicroseconds = chance(30) ? 5_000...150_000 : 50...5_000
        settings.timeoutMicroseconds = chance(50) ? 200_000 : 1_000_000
        simulation.network.settings = settings
    }
}
