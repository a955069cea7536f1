import Raft
import Replica
import StateMachine

/// Clients that each do one thing at a time, at whatever node, and a record of what they were told.
package final class ClientLoad {
    /// A request that waits for its answer.
    private struct Pending {
        let client: Int
        let node: Int
        let invocation: ClientHistory.Invocation
    }

    /// How long a client waits before it asks again, in microseconds.
    package var pauseMicroseconds: ClosedRange<UInt64> = 1_000...80_000
    private unowned let simulation: Simulation
    private let clients: Int
    private let keys: [[UInt8]]
    private var random: SeededRandom
    private(set) var history = ClientHistory()
    /// Looked up by id; searched where a node dies, in the order of the ids.
    private var pending: [ClientRequest.ID: Pending] = [:]
    private var isRunning = false
    private var nextLabel: UInt64 = 1
    /// The revision that somebody saw last of each key.
    private var revisions: [UInt64]

    /// - Parameter clients: how many there are; as many requests are under way at most.
    package init(_ simulation: Simulation, clients: Int = 16, keys: Int = 10) {
        self.simulation = simulation
        self.clients = clients
        self.keys = (0..<keys).map { Array("key-\($0)".utf8) }
        revisions = Array(repeating: 0, count: keys)
        random = SeededRandom(seed: simulation.random.next())
        simulation.onAnswer = { [unowned self] in answered($1, to: $0) }
        simulation.onEnd = { [unowned self] in abandon(at: $0) }
    }

    package func start() {
        isRunning = true
        for client in 0..<clients { pause(client) }
    }

    /// Makes no new requests.
    package func stop() { isRunning = false }

    package var isIdle: Bool { pending.isEmpty }

    private func pause(_ client: Int) {
        let time = simulation.now.advanced(byMicroseconds: UInt64.random(in: pauseMicroseconds, using: &random))
        simulation.queue.add(.action { [unowned self] _ in act(client) }, at: time)
    }

    private func act(_ client: Int) {
        guard isRunning else { return }
        let node = Int.random(in: 0..<simulation.nodes.count, using: &random)
        guard simulation.nodes[node].isRunning else { return pause(client) }
        let (body, label) = chooseRequest()
        let invocation = history.invocation(body, label: label)
        let id = simulation.submit(body, to: node)
        pending[id] = Pending(client: client, node: node, invocation: invocation)
        expectAnswer(to: id)
    }

    /// A node that runs answers every request, if only with a refusal. One that was stopped meanwhile has had no time to.
    private func expectAnswer(to id: ClientRequest.ID) {
        let limit = simulation.settings.replica.requestTimeoutMilliseconds + 500
        let start = simulation.now
        simulation.after(milliseconds: limit) { [unowned self] in
            guard let waiting = pending[id] else { return }
            guard !$0.nodes[waiting.node].wasPaused(since: start) else { return expectAnswer(to: id) }
            $0.fail(
                Violation("n\(waiting.node + 1) has not answered a request for \(limit) ms: \(waiting.invocation.body)")
            )
        }
    }

    // MARK: What clients ask

    private func chooseRequest() -> (ClientRequest.Body, label: UInt64?) {
        let place = Int.random(in: 0..<keys.count, using: &random)
        let key = keys[place]
        switch Int.random(in: 0..<100, using: &random) {
        case ..<40: return put(key, .none)
        case ..<50: return put(key, .absent)
        case ..<58: return put(key, .matchesAny(revisions: [revisions[place]]))
        case ..<62: return put(key, .exists)
        case ..<66: return (.write(.delete(key: key, condition: .none)), nil)
        case ..<72:
            let label = takeLabel()
            let condition = Condition.matchesAny(revisions: [revisions[place], Label.revision(label)])
            return (.write(.delete(key: key, condition: condition)), label)
        case ..<90: return (.read(.get(key: key), .linearizable), nil)
        default: return (.read(.get(key: key), .stale), nil)
        }
    }

    private func put(_ key: [UInt8], _ condition: Condition) -> (ClientRequest.Body, label: UInt64?) {
        let label = takeLabel()
        // Most are small; some take several sectors of the disk.
        let isLarge = Int.random(in: 0..<10, using: &random) == 0
        let count = Int.random(in: isLarge ? 500...3000 : 8...200, using: &random)
        return (.write(.put(key: key, value: Label.value(label, count: count), condition: condition)), label)
    }

    private func takeLabel() -> UInt64 {
        defer { nextLabel += 1 }
        return nextLabel
    }

    // MARK: What they are told

    private func answered(_ answer: Answer, to id: ClientRequest.ID) {
        guard let waiting = pending.removeValue(forKey: id) else {
            return simulation.fail(Violation("request \(id) was answered twice, again with \(answer)"))
        }
        do throws(Violation) {
            try history.completed(waiting.invocation, answer, model: simulation.model)
        } catch {
            simulation.fail(error)
        }
        note(answer, to: waiting.invocation.body)
        pause(waiting.client)
    }

    private func note(_ answer: Answer, to body: ClientRequest.Body) {
        switch (body, answer) {
        case (.read(.get(let key), _), .value(let found?)): remember(found.revision, of: key)
        case (.write(.put(let key, _, _), _), .outcome(.put(let revision, _))): remember(revision, of: key)
        default: break
        }
    }

    private func remember(_ revision: UInt64, of key: [UInt8]) {
        if let place = keys.firstIndex(of: key) { revisions[place] = revision }
    }

    /// Whoever waits for a node that has died will never know.
    private func abandon(at node: Int) {
        for id in pending.keys.sorted() where pending[id]?.node == node {
            guard let waiting = pending.removeValue(forKey: id) else { continue }
            pause(waiting.client)
        }
    }
}
