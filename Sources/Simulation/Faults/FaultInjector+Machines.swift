import Raft
import Replica

extension FaultInjector {
    // MARK: Disks and clocks

    func impair(_ fault: Fault, at place: Int) -> Bool {
        let node = simulation.nodes[place]
        switch fault {
        case .slowDisk(_, let range): node.diskMicroseconds = range
        case .noSpace: node.hasNoSpace = true
        case .syncFailure:
            guard node.isRunning else { return false }
            node.failsNextSync = true
        case .clockSkew(_, let milliseconds), .clockJump(_, let milliseconds):
            node.clock.offsetMilliseconds += milliseconds
        case .clockRate(_, let rate): setClock(of: node, to: rate)
        default: preconditionFailure("\(fault) impairs no machine")
        }
        return true
    }

    func mend(_ fault: Fault, at place: Int) {
        let node = simulation.nodes[place]
        switch fault {
        case .slowDisk: node.diskMicroseconds = nil
        case .noSpace: node.hasNoSpace = false
        case .syncFailure(_, let reboots):
            node.failsNextSync = false
            if reboots, !node.isRunning { simulation.losePower(node) }
            start(place)
        case .clockSkew(_, let milliseconds): node.clock.offsetMilliseconds -= milliseconds
        case .clockRate: setClock(of: node, to: SimulatedClock.exactRate)
        default: preconditionFailure("\(fault) impairs no machine")
        }
    }

    private func setClock(of node: SimulatedNode, to rate: UInt64) {
        node.clock.run(at: rate, since: simulation.now)
        // Timers were set by the old rate.
        simulation.deliver(.tick, to: node.place, boot: node.boot)
    }

    // MARK: Processes

    func interrupt(_ fault: Fault, at place: Int) -> Bool {
        let node = simulation.nodes[place]
        if fault == .crashOfAll {
            for node in simulation.nodes { simulation.crash(node.place) }
            return true
        }
        guard node.isRunning else { return false }
        switch fault {
        case .pause: simulation.pause(place)
        case .crash(_, let afterTurn): if afterTurn { node.crashesAfterTurn = true } else { simulation.crash(place) }
        case .interruptedStart: simulation.crash(place)
        case .kill: simulation.kill(place)
        case .stop: simulation.stop(place)
        default: preconditionFailure("\(fault) interrupts no process")
        }
        return true
    }

    func resume(_ fault: Fault, at place: Int) {
        simulation.nodes[place].crashesAfterTurn = false
        switch fault {
        case .pause: simulation.resume(place)
        case .crashOfAll: simulation.startAll()
        case .interruptedStart:
            start(place, isInterrupted: true)
            simulation.after(milliseconds: 20) { [self] _ in start(place) }
        case .stop:
            if simulation.nodes[place].endsWhenQuiet { simulation.kill(place) }
            start(place)
        default: start(place)
        }
    }

    private func start(_ place: Int, isInterrupted: Bool = false) {
        let node = simulation.nodes[place]
        // What never ran and is no founder waits for its operator.
        guard !node.isCondemned, node.boot > 0 || simulation.isFounder(node) else { return }
        simulation.start(place, isInterrupted: isInterrupted)
    }

    // MARK: Lost disks

    func rot(_ place: Int, seed: UInt64) -> Bool {
        guard operators.mayLoseDisk(of: place) else { return false }
        simulation.crash(place)
        do throws(Violation) {
            guard try simulation.rot(simulation.nodes[place], seed: seed) else {
                start(place)
                return false
            }
        } catch {
            simulation.fail(error)
        }
        return condemn(place)
    }

    func loseDisk(of place: Int) -> Bool {
        guard operators.mayLoseDisk(of: place) else { return false }
        simulation.crash(place)
        return condemn(place)
    }

    private func condemn(_ place: Int) -> Bool {
        simulation.wipe(place)
        operators.cure(place)
        return true
    }
}
