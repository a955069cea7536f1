import Raft
import Replica
import StateMachine

// Clients that watch, and what they read of the whole state at the end.

extension ClientLoad {
    private static let watcherCount = 3

    func startWatching() {
        for client in 0..<ClientLoad.watcherCount {
            watchers.append(newWatcher(client))
            scheduleWatch(client)
        }
    }

    private func newWatcher(_ client: Int) -> WatchClient {
        let prefixes = ["key-", "key-1", "key-3"].map { Array($0.utf8) }
        let last = simulation.model.lastApplied
        // From now on, from long ago, or from what is still to come.
        let from = Int.random(in: 0..<3, using: &random)
        let revision = from == 0 ? last + 1 : UInt64.random(in: 1...last + 20, using: &random)
        let prefix = prefixes[Int.random(in: prefixes.indices, using: &random)]
        return WatchClient(client: client, prefix: prefix, from: revision, at: simulation.now)
    }

    private func scheduleWatch(_ client: Int) {
        let time = simulation.now.advanced(byMicroseconds: UInt64.random(in: 5_000...150_000, using: &random))
        simulation.queue.add(.action { [unowned self] _ in watch(client) }, at: time)
    }

    private func watch(_ client: Int) {
        guard isRunning else { return }
        do throws(Violation) {
            try readSome(client)
        } catch {
            simulation.fail(error)
        }
        // Now and then the connection breaks, or the watch has seen enough.
        switch Int.random(in: 0..<200, using: &random) {
        case ..<10: watchers[client].disconnect()
        case 10:
            record(watchers[client])
            watchers[client] = newWatcher(client)
        default: break
        }
        scheduleWatch(client)
    }

    private func readSome(_ client: Int) throws(Violation) {
        guard let node = connectedNode(of: client), let replica = node.replica else { return }
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let limit = Int.random(in: 1...8, using: &random)
            guard try watchers[client].read(replica.stateMachine, limit: limit) else { return }
        }
    }

    /// The node that a watch is connected to, or a new one if that has died.
    private func connectedNode(of client: Int) -> SimulatedNode? {
        if let (place, boot) = watchers[client].connection {
            let node = simulation.nodes[place]
            if node.isRunning, node.boot == boot { return node }
        }
        let node = simulation.nodes[Int.random(in: simulation.nodes.indices, using: &random)]
        guard node.isRunning else {
            watchers[client].disconnect()
            return nil
        }
        watchers[client].connect(to: node.place, boot: node.boot)
        return node
    }

    private func record(_ watcher: WatchClient) {
        let node = watcher.connection.map { simulation.nodes[$0.node].nodeID } ?? "none"
        history.watched(
            watcher.prefix, from: watcher.from, client: watcher.client, node: node, since: watcher.start,
            at: simulation.now, watcher.events, until: watcher.until)
    }

    /// Lets all watches come to their ends.
    func endWatches() throws(Violation) {
        for client in watchers.indices {
            if let node = simulation.members.first, let replica = node.replica {
                while try watchers[client].read(replica.stateMachine, limit: 100) {}
            }
            record(watchers[client])
        }
        watchers = []
    }

    /// What each member holds at the end, and how it came to it.
    func readEverything() throws(Violation) {
        for node in simulation.members {
            guard let state = node.replica?.stateMachine else { continue }
            let body = ClientRequest.Body.read(
                .list(prefix: RandomRequests.prefix, startAfter: nil, limit: 1000, maxBytes: 4 << 20), .stale)
            let place = history.began(
                body, client: node.place, node: node.nodeID, name: nil, isRepeat: false, at: simulation.now)
            let page = state.list(prefix: RandomRequests.prefix, limit: 1000, maxBytes: 4 << 20)
            try history.ended(place, with: .page(page), at: simulation.now)
            var watcher = WatchClient(
                client: node.place, prefix: RandomRequests.prefix, from: 1, at: simulation.now)
            watcher.connect(to: node.place, boot: node.boot)
            while try watcher.read(state, limit: 1000) {}
            record(watcher)
            try readResources(of: node, state)
        }
    }

    /// All members have applied everything that was acknowledged: so these reads are linearizable.
    private func readResources(of node: SimulatedNode, _ state: StateMachine) throws(Violation) {
        for session in requests.resources.sessions {
            let query = SessionQuery.entries(session: session, startAfter: nil, limit: .max, maxBytes: .max)
            try record(.session(query), .session(state.answer(query)), at: node)
        }
        for heap in requests.resources.heaps {
            let query = HeapQuery.tags(heap: heap)
            try record(.heap(query), .heap(state.answer(query)), at: node)
        }
    }

    private func record(_ query: Query, _ answer: Answer, at node: SimulatedNode) throws(Violation) {
        let place = history.began(
            .read(query, .linearizable), client: node.place, node: node.nodeID, name: nil, isRepeat: false,
            at: simulation.now)
        try history.ended(place, with: answer, at: simulation.now)
    }
}
