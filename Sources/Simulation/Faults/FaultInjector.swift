import Raft
import Replica

/// Carries out a plan of faults, and ends each when its time is over.
final class FaultInjector {
    unowned let simulation: Simulation
    let operators: Operator
    private var isStopped = false

    init(_ simulation: Simulation, _ operators: Operator) {
        self.simulation = simulation
        self.operators = operators
    }

    /// Begins no more faults; those that have begun end in time.
    func stop() { isStopped = true }

    func schedule(_ plan: FaultPlan) {
        for item in plan.items {
            simulation.after(milliseconds: item.time) { [self] _ in if !isStopped { begin(item) } }
        }
    }

    private func begin(_ item: FaultPlan.Item) {
        let place = hit(by: item.fault)
        guard perform(item.fault, at: place) else { return }
        simulation.counters.add(item.fault.kind)
        simulation.report("fault \(item)")
        simulation.after(milliseconds: item.duration) { [self] _ in end(item.fault, at: place) }
    }

    /// The node that a fault hits, decided when it begins.
    private func hit(by fault: Fault) -> Int {
        switch fault {
        case .isolation(let target), .slowDisk(let target, _), .syncFailure(let target, _), .pause(let target),
            .crash(let target, _), .kill(let target), .stop(let target), .leave(let target, _):
            switch target {
            case .node(let place): place
            case .leader(let place): simulation.leader?.place ?? place
            }
        case .oneWayCut(let node, _), .falseRefusal(let node), .noSpace(let node), .bitRot(let node, _),
            .wipe(let node),
            .clockSkew(let node, _), .clockJump(let node, _), .clockRate(let node, _), .interruptedStart(let node),
            .join(let node, _, _), .transfer(let node, _), .restatement(let node, _), .slowLink(let node, _, _):
            node
        case .delay, .loss, .duplication, .reordering, .split, .crashOfAll: 0
        }
    }

    /// Returns whether it came to that: a node that is down is not paused.
    private func perform(_ fault: Fault, at place: Int) -> Bool {
        switch fault {
        case .delay, .loss, .duplication, .reordering, .slowLink, .isolation, .oneWayCut, .split:
            disturb(fault, at: place)
            return true
        case .falseRefusal: return doubtLeader(at: simulation.nodes[place])
        case .slowDisk, .noSpace, .syncFailure, .clockSkew, .clockJump, .clockRate: return impair(fault, at: place)
        case .bitRot(_, let seed): return rot(place, seed: seed)
        case .wipe: return loseDisk(of: place)
        case .pause, .crash, .crashOfAll, .interruptedStart, .kill, .stop: return interrupt(fault, at: place)
        case .join(_, let member, let asLearner): return operators.join(place, via: member, asLearner: asLearner)
        case .leave(_, let asked): return operators.letGo(place, asking: asked)
        case .transfer(_, let asked): return operators.transfer(to: place, asking: asked)
        case .restatement(_, let asked): return operators.restate(place, asking: asked)
        }
    }

    private func end(_ fault: Fault, at place: Int) {
        switch fault {
        case .delay, .loss, .duplication, .reordering, .slowLink, .isolation, .oneWayCut, .split: calm(fault, at: place)
        case .slowDisk, .noSpace, .syncFailure, .clockSkew, .clockRate: mend(fault, at: place)
        case .pause, .crash, .crashOfAll, .interruptedStart, .kill, .stop: resume(fault, at: place)
        case .falseRefusal, .clockJump, .bitRot, .wipe, .join, .leave, .transfer, .restatement: break
        }
    }
}
