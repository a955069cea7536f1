import Raft
import Replica

extension FaultInjector {
    func disturb(_ fault: Fault, at place: Int) {
        switch fault {
        case .delay(let range, let timeout):
            simulation.network.settings.delayMicroseconds = range
            simulation.network.settings.timeoutMicroseconds = timeout
        case .loss(let requests, let answers):
            simulation.network.settings.requestLossRate = requests
            simulation.network.settings.answerLossRate = answers
        case .duplication(let rate): simulation.network.settings.duplicationRate = rate
        case .reordering(let range):
            simulation.network.settings.delayMicroseconds = range
            simulation.network.settings.keepsOrder = false
        case .slowLink(let one, let other, let range): slowDown(one, other, by: range)
        default: for (from, to) in links(of: fault, at: place) { simulation.network.cut(from: from, to: to) }
        }
    }

    func calm(_ fault: Fault, at place: Int) {
        let usual = simulation.settings.network
        switch fault {
        case .delay:
            simulation.network.settings.delayMicroseconds = usual.delayMicroseconds
            simulation.network.settings.timeoutMicroseconds = usual.timeoutMicroseconds
        case .loss:
            simulation.network.settings.requestLossRate = usual.requestLossRate
            simulation.network.settings.answerLossRate = usual.answerLossRate
        case .duplication: simulation.network.settings.duplicationRate = usual.duplicationRate
        case .reordering:
            simulation.network.settings.delayMicroseconds = usual.delayMicroseconds
            simulation.network.settings.keepsOrder = usual.keepsOrder
        case .slowLink(let one, let other, _): slowDown(one, other, by: nil)
        default: for (from, to) in links(of: fault, at: place) { simulation.network.mend(from: from, to: to) }
        }
    }

    private func slowDown(_ one: Int, _ other: Int, by range: ClosedRange<UInt64>?) {
        simulation.network.slowDown(from: one, to: other, byMicroseconds: range)
        simulation.network.slowDown(from: other, to: one, byMicroseconds: range)
    }

    /// The links that a cut of some kind takes.
    private func links(of fault: Fault, at place: Int) -> [(from: Int, to: Int)] {
        let all = simulation.nodes.indices
        switch fault {
        case .isolation: return all.filter { $0 != place }.flatMap { [($0, place), (place, $0)] }
        case .oneWayCut(let from, let to): return [(from, to)]
        case .split(let group):
            let others = all.filter { !group.contains($0) }
            return group.flatMap { one in others.flatMap { [(one, $0), ($0, one)] } }
        default: preconditionFailure("\(fault) cuts no links")
        }
    }

    /// A firewall that rejects: the node is told that its leader's port refuses, though the leader lives.
    func doubtLeader(at node: SimulatedNode) -> Bool {
        guard let raft = node.replica?.raft, let leader = raft.leader, !raft.isLeader else { return false }
        let context = ProbeContext(leader: leader.instance, term: raft.currentTerm)
        simulation.deliver(.probed(context, .refused), to: node.place, boot: node.boot)
        return true
    }
}
