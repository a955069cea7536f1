import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// What tests of membership say again and again.
extension Simulation {
    /// A cluster of the first `founders` nodes; the others of `nodes` are down, and are to ask the first one to let them in.
    static func founded(by founders: Int, of nodes: Int, seed: UInt64 = 1) throws -> Simulation {
        var settings = SimulationSettings()
        settings.nodes = nodes
        settings.founders = founders
        let simulation = try Simulation.formed(settings, seed: seed)
        for node in simulation.nodes.dropFirst(founders) {
            node.joining = JoinSettings(target: simulation.nodes[0].address, asLearner: false)
        }
        return simulation
    }

    /// Asks `node` for a change and waits for the answer.
    func answer(to request: AdminRequest, at node: Int, withinMilliseconds limit: UInt64 = 12_000) throws
        -> AdminResponse
    {
        let id = administer(request, at: node)
        try #require(run(withinMilliseconds: limit) { adminAnswers[id] != nil }, "no answer; \(troubles)")
        return try #require(adminAnswers[id])
    }

    /// Asks for a change and expects it to be done.
    func change(_ request: AdminRequest, at node: Int, _ location: SourceLocation = #_sourceLocation) throws {
        let answer = try answer(to: request, at: node)
        try #require(answer == .done, "\(answer); \(troubles)", sourceLocation: location)
    }

    /// Asks for a change and expects it to be refused.
    func refusal(of request: AdminRequest, at node: Int) throws -> AdminRefusal {
        guard case .refused(let refusal) = try answer(to: request, at: node) else {
            throw Violation("\(request) was not refused")
        }
        return refusal
    }

    /// What the leader has committed.
    var committed: Configuration { leader?.replica?.raft.committedConfiguration.configuration ?? .none }

    /// Lets time pass until exactly these nodes are voters.
    func awaitVoters(_ names: [String], withinMilliseconds limit: UInt64 = 15_000) throws {
        let isThere = { self.committed.voters.map(\.name).sorted() == names }
        try #require(run(withinMilliseconds: limit, until: isThere), "\(committed.members); \(troubles)")
    }

    func replica(_ place: Int) throws -> Replica { try #require(nodes[place].replica, "n\(place + 1) is down") }

    /// The milliseconds that pass until `isDone`.
    func milliseconds(withinMilliseconds limit: UInt64 = 5000, until isDone: () -> Bool) throws -> UInt64 {
        let start = now
        let hasCome = run(withinMilliseconds: limit, until: isDone)
        try #require(hasCome, "\(troubles)")
        return now.milliseconds(since: start)
    }
}

extension AdminRequest {
    static func join(_ node: SimulatedNode, asLearner: Bool = false) -> AdminRequest {
        .join(nodeID: node.nodeID, address: node.address, asLearner: asLearner)
    }
}

/// One client that writes without pause, at one running member after the other.
final class Writer {
    private struct Pending {
        let id: ClientRequest.ID
        let key: String
        let node: SimulatedNode
        let boot: UInt64
    }

    private let simulation: Simulation
    private var pending: Pending?
    private var count = 0
    private var lastAcknowledged: Instant
    private var isRunning = true
    /// The revision that was acknowledged last of each key.
    private var revisions: [String: UInt64] = [:]
    private(set) var acknowledged = 0
    /// The longest time without an acknowledgement, in milliseconds.
    private(set) var longestGap: UInt64 = 0

    init(_ simulation: Simulation) {
        self.simulation = simulation
        lastAcknowledged = simulation.now
        tick()
    }

    private func tick() {
        guard isRunning else { return }
        take()
        if pending == nil { write() }
        longestGap = max(longestGap, simulation.now.milliseconds(since: lastAcknowledged))
        simulation.after(milliseconds: 2) { [self] _ in tick() }
    }

    func stop() {
        isRunning = false
        take()
    }

    private func take() {
        guard let pending else { return }
        if let answer = simulation.answers[pending.id] {
            self.pending = nil
            guard case .outcome(.put(let revision, _)) = answer else { return }
            revisions[pending.key] = revision
            acknowledged += 1
            lastAcknowledged = simulation.now
        } else if !pending.node.isRunning || pending.node.boot != pending.boot {
            self.pending = nil
        }
    }

    private func write() {
        let nodes = simulation.members.filter(\.isRunning)
        guard !nodes.isEmpty else { return }
        count += 1
        let node = nodes[count % nodes.count]
        let key = "key-\(count % 10)"
        let id = simulation.submit(.put(key, "value-\(count)"), to: node.place)
        pending = Pending(id: id, key: key, node: node, boot: node.boot)
    }

    /// What was acknowledged is there, or something later.
    func check(at place: Int) throws {
        let state = try simulation.replica(place).stateMachine
        for (key, revision) in revisions {
            #expect(state.get(Array(key.utf8))?.revision ?? 0 >= revision, "\(key); \(simulation.troubles)")
        }
    }
}
