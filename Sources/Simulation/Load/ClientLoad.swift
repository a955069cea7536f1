import Raft
import Replica
import StateMachine

/// Clients that each do one thing at a time, at whatever node, and a record of what they were told.
package final class ClientLoad {
    /// A request that waits for its answer.
    private struct Pending {
        let client: Int
        let node: Int
        let attempt: Attempt
        /// Where it stands in the history.
        let place: Int
    }

    /// A request, and how often more it may be made.
    private struct Attempt {
        let body: ClientRequest.Body
        /// The idempotency key of a write.
        let name: String?
        var repeatsLeft = 4
        var isRepeat = false
    }

    /// How long a client waits before it asks again, in microseconds.
    package var pauseMicroseconds: ClosedRange<UInt64> = 1_000...80_000
    unowned let simulation: Simulation
    package internal(set) var history = ClientHistory()
    var random: SeededRandom
    /// What watches see, each client's in turn.
    var watchers: [WatchClient] = []
    private let clients: Int
    private(set) var requests: RandomRequests
    /// Looked up by id; searched where a node dies, in the order of the ids.
    private var pending: [ClientRequest.ID: Pending] = [:]
    /// What each client has to ask again.
    private var repeats: [Attempt?]
    private(set) var isRunning = false

    /// - Parameter clients: how many there are; as many requests are under way at most.
    package init(_ simulation: Simulation, clients: Int = 16, keys: Int = 10) {
        self.simulation = simulation
        self.clients = clients
        random = SeededRandom(seed: simulation.random.next())
        requests = RandomRequests(keys: keys, seed: random.next())
        repeats = Array(repeating: nil, count: clients)
        simulation.onAnswer = { [unowned self] in answered($1, to: $0) }
        simulation.onEnd = { [unowned self] in abandon(at: $0) }
    }

    package func start() {
        isRunning = true
        for client in 0..<clients { pause(client) }
        startWatching()
    }

    /// Makes no new requests.
    package func stop() { isRunning = false }

    package var isIdle: Bool { pending.isEmpty }

    /// What clients saw, the whole state of all members at the end included, is what one store would have told.
    /// - Throws: the first contradiction.
    package func checkHistory() throws(Violation) {
        try endWatches()
        try readEverything()
        try history.check()
    }

    private func pause(_ client: Int) {
        let time = simulation.now.advanced(byMicroseconds: UInt64.random(in: pauseMicroseconds, using: &random))
        simulation.queue.add(.action { [unowned self] _ in act(client) }, at: time)
    }

    private func act(_ client: Int) {
        guard isRunning else { return }
        let node = Int.random(in: 0..<simulation.nodes.count, using: &random)
        guard simulation.nodes[node].isRunning else { return pause(client) }
        let attempt = repeats[client] ?? newAttempt()
        repeats[client] = nil
        let place = history.began(
            attempt.body, client: client, node: simulation.nodes[node].nodeID, name: attempt.name,
            isRepeat: attempt.isRepeat, at: simulation.now)
        let id = simulation.submit(attempt.body, to: node)
        pending[id] = Pending(client: client, node: node, attempt: attempt, place: place)
        expectAnswer(to: id)
    }

    private func newAttempt() -> Attempt {
        let (body, name) = requests.next()
        return Attempt(body: body, name: name)
    }

    /// A node that runs answers every request, if only with a refusal. One that was stopped meanwhile has its time again.
    private func expectAnswer(to id: ClientRequest.ID) {
        let limit = simulation.settings.replica.requestTimeoutMilliseconds + 500
        let since = simulation.now
        simulation.after(milliseconds: limit) { [unowned self] in
            guard let waiting = pending[id] else { return }
            if simulation.nodes[waiting.node].wasPaused(since: since) { return expectAnswer(to: id) }
            $0.fail(
                Violation(
                    "n\(waiting.node + 1) has not answered a request for \(limit) ms: \(waiting.attempt.body)"))
        }
    }

    // MARK: What they are told

    private func answered(_ answer: Answer, to id: ClientRequest.ID) {
        guard let waiting = pending.removeValue(forKey: id) else {
            return simulation.fail(Violation("request \(id) was answered twice, again with \(answer)"))
        }
        do throws(Violation) {
            try history.ended(waiting.place, with: answer, at: simulation.now)
        } catch {
            simulation.fail(error)
        }
        requests.note(answer, to: waiting.attempt.body)
        // Whoever was told may ask once more: the answer must be the same.
        let isKnown = if case .outcome = answer { true } else { false }
        if !isKnown || Int.random(in: 0..<5, using: &random) == 0 { plan(waiting.attempt, for: waiting.client) }
        pause(waiting.client)
    }

    /// Has a write that has a name made again.
    private func plan(_ attempt: Attempt, for client: Int) {
        guard attempt.name != nil, attempt.repeatsLeft > 0 else { return }
        repeats[client] = Attempt(
            body: attempt.body, name: attempt.name, repeatsLeft: attempt.repeatsLeft - 1, isRepeat: true)
    }

    /// Whoever waits for a node that has died will never know.
    private func abandon(at node: Int) {
        for id in pending.keys.sorted() where pending[id]?.node == node {
            guard let waiting = pending.removeValue(forKey: id) else { continue }
            plan(waiting.attempt, for: waiting.client)
            pause(waiting.client)
        }
    }
}
