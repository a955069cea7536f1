import Raft
import Replica
import Simulation
import StateMachine
import Testing

/// What tests of a simulated cluster say again and again.
extension Simulation {
    /// A cluster that has formed and follows one leader.
    static func formed(_ settings: SimulationSettings = SimulationSettings(), seed: UInt64 = 1) throws -> Simulation {
        let simulation = Simulation(settings, seed: seed)
        simulation.startAll()
        try #require(simulation.run(withinMilliseconds: 5000) { simulation.hasConverged }, "\(simulation.troubles)")
        return simulation
    }

    /// For the message of a failed expectation: the seed and what went wrong.
    var troubles: String { "seed \(seed): \(violation?.description ?? states)" }

    /// Asks `node` and waits for the answer.
    func ask(_ body: ClientRequest.Body, at node: Int, withinMilliseconds limit: UInt64 = 5000) throws -> Answer {
        let id = submit(body, to: node)
        try #require(run(withinMilliseconds: limit) { answers[id] != nil }, "no answer; \(troubles)")
        return try #require(answers[id])
    }

    /// Writes and expects to be told so. Returns the revision.
    @discardableResult
    func put(_ key: String, _ value: String, at node: Int) throws -> UInt64 {
        let answer = try ask(.put(key, value), at: node)
        guard case .outcome(.put(let revision, _)) = answer else { throw Violation("not acknowledged: \(answer)") }
        return revision
    }

    func get(_ key: String, at node: Int) throws -> String? {
        let answer = try ask(.get(key), at: node)
        guard case .value(let found) = answer else { throw Violation("not read: \(answer)") }
        return found.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// The place of the leader, and the places of the others.
    func roles() throws -> (leader: Int, followers: [Int]) {
        let place = try #require(leader, "\(troubles)").place
        return (place, nodes.map(\.place).filter { $0 != place })
    }
}

extension ClientRequest.Body {
    static func put(_ key: String, _ value: String, _ condition: Condition = .none) -> Self {
        .write(.put(key: Array(key.utf8), value: Array(value.utf8), condition: condition))
    }

    static func get(_ key: String, _ consistency: Consistency = .linearizable) -> Self {
        .read(.get(key: Array(key.utf8)), consistency)
    }
}

extension Answer {
    var isValue: Bool { if case .value = self { true } else { false } }
    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
    var isOutcomeUnknown: Bool { if case .outcomeUnknown = self { true } else { false } }
}
