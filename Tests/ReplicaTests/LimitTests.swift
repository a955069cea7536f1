import Raft
import Simulation
import StateMachine
import Testing

@testable import Replica

/// The state has a limit, and what a client names is carried out once.
@Suite struct LimitTests {
    @Test func whatMakesAFullStateLargerIsRefusedOnEveryNode() throws {
        var settings = SimulationSettings()
        settings.replica.maxStateSize = 100_000
        let simulation = try Simulation.formed(settings)
        let value = String(repeating: "v", count: 1000)
        var written = 0
        for number in 0..<200 {
            switch try simulation.ask(.put("key-\(number)", value), at: number % 3) {
            case .outcome: written += 1
            case .quotaExceeded(let reason): #expect(reason.contains("100000"))
            case let other: Issue.record("\(other)")
            }
        }
        #expect((20..<100).contains(written), "\(written)")
        let large = String(repeating: "v", count: 10_000)
        for node in 0..<3 {
            let last = simulation.leader?.replica?.raft.log.lastIndex
            guard case .quotaExceeded = try simulation.ask(.put("more", large), at: node) else {
                Issue.record("node \(node) took it")
                return
            }
            #expect(simulation.leader?.replica?.raft.log.lastIndex == last, "nothing is logged")
            let delete = ClientRequest.Body.write(.delete(key: Array("key-\(node)".utf8), condition: .none))
            guard case .outcome(.delete(_, deleted: true)) = try simulation.ask(delete, at: node) else {
                Issue.record("node \(node) does not delete")
                return
            }
        }
        guard case .outcome = try simulation.ask(.put("more", value), at: 0) else {
            Issue.record("what was deleted makes no room")
            return
        }
        try simulation.converge()
    }

    @Test func aNamedWriteIsCarriedOutOnceWhereverItComesAgain() throws {
        let simulation = try Simulation.formed()
        let key = IdempotencyKey(scope: Array("PUT /v1/kv/key abc".utf8), fingerprint: 7)
        let write = ClientRequest.Body.write(
            .put(key: Array("key".utf8), value: Array("value".utf8), condition: .absent), key: key)
        var revisions: Set<UInt64> = []
        for node in [0, 1, 2, 0] {
            guard case .outcome(.put(let revision, created: true)) = try simulation.ask(write, at: node) else {
                Issue.record("node \(node) carries it out again")
                return
            }
            revisions.insert(revision)
        }
        #expect(revisions.count == 1)
        let other = ClientRequest.Body.write(
            .put(key: Array("key".utf8), value: Array("other".utf8), condition: .none),
            key: IdempotencyKey(scope: key.scope, fingerprint: 8))
        guard case .outcome(.keyReused) = try simulation.ask(other, at: 1) else {
            Issue.record("another request under the same name is taken")
            return
        }
        try simulation.converge()
    }

    @Test func theWholeStateAndItsRevisionCanBeRead() throws {
        let simulation = try Simulation.formed()
        let revision = try simulation.put("key", "value", at: 0)
        for node in 0..<3 {
            guard case .revision(let last) = try simulation.ask(.read(.revision, .linearizable), at: node),
                case .snapshot(let view) = try simulation.ask(.read(.snapshot, .linearizable), at: node)
            else {
                Issue.record("node \(node) does not answer")
                return
            }
            #expect(last >= revision)
            #expect(view.position.index >= revision && view.get(Array("key".utf8))?.revision == revision)
        }
    }
}
