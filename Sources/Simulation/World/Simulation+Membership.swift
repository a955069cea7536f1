package import Raft
import Replica

// Operators, nodes that ask to be let in, and processes that end while their machine lives on.

extension Simulation {
    // MARK: Operators

    /// Has an operator ask `node`. The answer comes in `adminAnswers`; a node that does not run answers nothing.
    @discardableResult
    package func administer(_ request: AdminRequest, at node: Int) -> UInt64 {
        defer { nextAdminRequest += 1 }
        queue.add(.input(.administer(request, id: nextAdminRequest), node: node, boot: nodes[node].boot), at: now)
        return nextAdminRequest
    }

    func administered(_ answer: AdminResponse, id: UInt64) {
        guard let asker = joinRequests.removeValue(forKey: id) else {
            if case .refused = answer { counters.add(.operatorRefused) }
            if adminAnswers.updateValue(answer, forKey: id) != nil {
                fail(Violation("the operator's request \(id) was answered twice, again with \(answer)"))
            }
            return
        }
        if case .done = answer { counters.add(.nodeJoined) }
        deliver(.joinAnswered(JoinAnswer(answer)), to: asker)
    }

    // MARK: Joining

    /// Asks the node at `target` over the network to let `node` in, as its operator could.
    func requestJoin(_ request: AdminRequest, of target: String, from node: SimulatedNode) {
        let asker = (node: node.place, boot: node.boot)
        queue.add(
            .action { simulation in
                guard let recipient = simulation.nodes.first(where: { $0.address == target }), recipient.isRunning,
                    !simulation.network.isCut(from: asker.node, to: recipient.place)
                else { return simulation.deliver(.joinAnswered(.unreachable(reason: "no answer")), to: asker) }
                let id = simulation.administer(request, at: recipient.place)
                simulation.joinRequests[id] = asker
                simulation.after(milliseconds: 12_000) {
                    guard $0.joinRequests.removeValue(forKey: id) != nil else { return }
                    $0.deliver(.joinAnswered(.unreachable(reason: "no answer in time")), to: asker)
                }
            }, at: someTime)
    }

    /// Delivers after a while, if the node still runs.
    private func deliver(_ input: Input, to asker: (node: Int, boot: UInt64)) {
        queue.add(.input(input, node: asker.node, boot: asker.boot), at: someTime)
    }

    private var someTime: Instant {
        now.advanced(byMicroseconds: UInt64.random(in: network.settings.delayMicroseconds, using: &random))
    }

    // MARK: Processes that end

    /// The process of a machine is killed. Its kernel closes the connections and refuses new ones, and has all that was written.
    package func kill(_ place: Int) {
        let node = nodes[place]
        guard let replica = node.replica else { return }
        node.crashesAfterTurn = false
        end(node)
        node.loseProcess(using: &random)
        closeConnections(of: replica.identity.instance, at: place)
    }

    /// The process is asked to end, as SIGTERM does, and ends once it is quiet.
    package func stop(_ place: Int) {
        guard let replica = nodes[place].replica, !nodes[place].isPaused else { return }
        replica.prepareToStop(now: nodes[place].clock.local(now))
        nodes[place].endsWhenQuiet = true
        scheduleFlush(nodes[place])
    }

    /// The others learn at once that connections have closed, unless nothing gets through to them.
    func closeConnections(of instance: InstanceID, at place: Int) {
        for node in nodes where node.isRunning && !network.isCut(from: place, to: node.place) {
            deliver(.connectionClosed(instance), to: (node: node.place, boot: node.boot))
        }
    }

    /// Dials the address: a machine whose process does not run refuses, one that cannot be reached is silent.
    func probe(_ address: String, _ context: ProbeContext, from node: SimulatedNode) {
        let asker = (node: node.place, boot: node.boot)
        guard let target = nodes.first(where: { $0.address == address }),
            !network.isCut(from: node.place, to: target.place), !network.isCut(from: target.place, to: node.place)
        else {
            return after(milliseconds: 1000) { $0.deliver(.probed(context, .failed), to: asker) }
        }
        queue.add(
            .action { simulation in
                if !target.isRunning { simulation.counters.add(.leaderPortRefused) }
                simulation.deliver(.probed(context, target.isRunning ? .connected : .refused), to: asker)
            }, at: someTime)
    }
}

extension JoinAnswer {
    fileprivate init(_ response: AdminResponse) {
        switch response {
        case .done: self = .accepted
        case .refused(let refusal):
            let isFinal = refusal.code == .conflict || refusal.code == .invalid
            self = .refused(message: refusal.message, isFinal: isFinal)
        }
    }
}
