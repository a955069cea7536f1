import Raft
import Simulation
import Testing

@testable import Replica
@testable import StateMachine

/// The comparison of the members' states, and what becomes of a member that differs.
@Suite struct HashComparisonTests {
    private static let interval: UInt64 = 2000

    private static func settings(nodes: Int = 3, founders: Int? = nil) -> SimulationSettings {
        var settings = SimulationSettings()
        settings.nodes = nodes
        settings.founders = founders
        settings.announces = true
        settings.replica.comparisonIntervalMilliseconds = interval
        return settings
    }

    /// A cluster that has compared its states once, and found them equal.
    private func compared(nodes: Int = 3) throws -> Simulation {
        let simulation = try Simulation.formed(Self.settings(nodes: nodes))
        try simulation.put("key", "right", at: 0)
        try simulation.awaitComparison()
        return simulation
    }

    @Test func equalStatesAreFoundEqualAndCostAnEntryEachMember() throws {
        let simulation = try compared()
        let indexes = try (0..<3).map { try simulation.comparison(at: $0).index }
        #expect(Set(indexes).count == 1)
        let last = try simulation.replica(0).raft.log.lastIndex
        simulation.run(forMilliseconds: 5 * Self.interval)
        // One that asks, and one of each member.
        #expect(try simulation.replica(0).raft.log.lastIndex == last + 5 * 4)
        for place in 0..<3 {
            let status = try simulation.replica(place).comparisonStatus
            #expect(status.hash != nil && !status.isMismatch && status.convicted.isEmpty, "\(simulation.troubles)")
        }
    }

    @Test func aFollowerWhoseStateDiffersIsFoundWithinOneComparisonAndServesNoReads() throws {
        let simulation = try compared()
        let (_, followers) = try simulation.roles()
        let wrong = followers[0]
        try simulation.corrupt(wrong)
        try simulation.awaitConviction(of: wrong)
        let name = simulation.nodes[wrong].nodeID
        for consistency in [Consistency.linearizable, .stale] {
            let answer = try simulation.ask(.get("key", consistency), at: wrong)
            guard case .unavailable(let reason) = answer else { throw Violation("it was served: \(answer)") }
            #expect(reason.contains("the state of node \(name) is not what the majority has"))
            #expect(reason.contains("raftctl leave \(name)"))
        }
        // The others serve, and all of them know who differs.
        for place in 0..<3 where place != wrong {
            #expect(try simulation.get("key", at: place) == "right")
            let status = try simulation.replica(place).comparisonStatus
            #expect(status.isMismatch && status.convicted == [name] && status.conviction == nil)
        }
        // Its log is as good as any: what is written through it is done by the leader.
        try simulation.put("key", "later", at: wrong)
        #expect(try simulation.get("key", at: followers[1]) == "later")
    }

    @Test func readsThatWaitWhenTheVerdictComesAreNotServed() throws {
        let simulation = try compared()
        let (leader, followers) = try simulation.roles()
        let wrong = followers[0]
        try simulation.corrupt(wrong)
        // Some of the questions are under way when the verdict is applied.
        simulation.run(forMilliseconds: Self.interval - 100)
        var ids: [ClientRequest.ID] = []
        simulation.flood(.get("key"), at: [wrong]) { id, _ in ids.append(id) }
        try #require(
            simulation.run(withinMilliseconds: 2 * Self.interval) {
                simulation.nodes[wrong].replica?.isConvicted ?? false
            })
        let waiting = ids.filter { simulation.answers[$0] == nil }
        try #require(!waiting.isEmpty)
        try #require(simulation.run(withinMilliseconds: 5000) { waiting.allSatisfy { simulation.answers[$0] != nil } })
        for id in waiting { #expect(simulation.answers[id]?.isUnavailable == true) }
        #expect(try simulation.get("key", at: leader) == "right")
    }

    @Test func aLeaderWhoseStateDiffersHandsOverAndIsNotElectedAgain() throws {
        let simulation = try compared()
        let wrong = try simulation.roles().leader
        try simulation.corrupt(wrong)
        try simulation.awaitConviction(of: wrong)
        try #require(simulation.run(withinMilliseconds: 2000) { simulation.leader.map { $0.place != wrong } ?? false })
        try simulation.put("key", "later", at: wrong)
        // Nobody can make it lead: neither an operator nor the loss of the leader.
        let (leader, _) = try simulation.roles()
        let refusal = try simulation.refusal(of: .transfer(to: simulation.nodes[wrong].nodeID), at: leader)
        #expect(refusal.message.contains("is not what the majority has"))
        simulation.crash(leader)
        try #require(
            simulation.run(withinMilliseconds: 5000) { simulation.leader.map { $0.place != leader } ?? false },
            "\(simulation.troubles)")
        #expect(try simulation.roles().leader != wrong)
    }

    @Test func whatAWrongLeaderAppliedIsNoAnswer() throws {
        let simulation = try compared()
        let (wrong, followers) = try simulation.roles()
        try simulation.corrupt(wrong)
        // Some are under way when the verdict comes.
        simulation.run(forMilliseconds: Self.interval - 100)
        var ids: [(ClientRequest.ID, Int)] = []
        simulation.flood(.put("other", "x"), at: [0, 1, 2]) { ids.append(($0, $1)) }
        try #require(
            simulation.run(withinMilliseconds: 2 * Self.interval) {
                simulation.nodes[wrong].replica?.isConvicted ?? false
            })
        let open = ids.filter { simulation.answers[$0.0] == nil }
        try #require(open.contains { $0.1 == wrong } && open.contains { $0.1 != wrong })
        try #require(simulation.run(withinMilliseconds: 5000) { open.allSatisfy { simulation.answers[$0.0] != nil } })
        // What came through the others is asked for again under its name, and answered by who leads now.
        for (id, place) in open where place != wrong {
            guard case .outcome(.put) = try #require(simulation.answers[id]) else {
                throw Violation("\(String(describing: simulation.answers[id])); \(simulation.troubles)")
            }
        }
        #expect(try simulation.roles().leader != wrong)
        #expect(try simulation.get("key", at: followers[0]) == "right")
    }

    @Test func aTieRaisesTheAlarmEverywhereAndFailsNobody() throws {
        for (nodes, wrong) in [(4, [0, 1]), (2, [1])] {
            let simulation = try compared(nodes: nodes)
            for place in wrong { try simulation.corrupt(place) }
            try #require(
                simulation.run(withinMilliseconds: 2 * Self.interval) {
                    simulation.nodes.allSatisfy { $0.replica?.comparisonStatus.isMismatch ?? false }
                }, "\(nodes) nodes; \(simulation.troubles)")
            simulation.run(forMilliseconds: 3 * Self.interval)
            for place in 0..<nodes {
                let status = try simulation.replica(place).comparisonStatus
                #expect(status.isMismatch && status.convicted.isEmpty && status.conviction == nil)
                #expect(status.alarm?.contains("no majority tells who is right") == true)
                #expect(try simulation.get("key", at: place) != nil)
            }
        }
    }

    @Test func nothingIsComparedWhileMembersAreOfDifferentVersions() throws {
        let simulation = try Simulation.formed(Self.settings())
        let (_, followers) = try simulation.roles()
        try simulation.replica(followers[0]).announce(clientAddress: nil, version: "2", maxValueSize: 1)
        try simulation.put("key", "right", at: 0)
        try simulation.corrupt(followers[0])
        simulation.run(forMilliseconds: 3 * Self.interval)
        for place in 0..<3 { #expect(try simulation.comparison(at: place).index == 0) }
        // Once all have the same version, they are.
        try simulation.replica(followers[0]).announce(clientAddress: nil, version: "1", maxValueSize: 1)
        try simulation.awaitConviction(of: followers[0])
    }

    @Test func aNodeThatIsDownIsNoPartOfTheVerdict() throws {
        let simulation = try compared(nodes: 5)
        let (_, followers) = try simulation.roles()
        let (wrong, down) = (followers[0], followers[1])
        simulation.crash(down)
        try simulation.corrupt(wrong)
        try simulation.awaitConviction(of: wrong)
        simulation.start(down)
        // It learns the verdict from the log, and its own state is compared again.
        try simulation.awaitConviction(of: wrong, at: down)
        try simulation.awaitComparison(of: Set(0..<5))
        #expect(try simulation.comparison(at: down).convicted.count == 1)
    }

    @Test func withoutAMajorityThatReportsNobodyIsConvicted() throws {
        let simulation = try compared(nodes: 5)
        let (leader, followers) = try simulation.roles()
        // Three go on, of which one differs: two are no majority of five.
        simulation.crash(followers[2])
        simulation.crash(followers[3])
        try simulation.corrupt(followers[0])
        try #require(
            simulation.run(withinMilliseconds: 3 * Self.interval) {
                simulation.nodes[leader].replica?.comparisonStatus.isMismatch ?? false
            })
        #expect(try simulation.comparison(at: leader).convicted.isEmpty)
        simulation.start(followers[2])
        try simulation.awaitConviction(of: followers[0])
    }

    @Test func theVerdictOutlivesARestartAndEndsWithTheInstance() throws {
        let simulation = try compared()
        let (_, followers) = try simulation.roles()
        let wrong = followers[0]
        let name = simulation.nodes[wrong].nodeID
        try simulation.corrupt(wrong)
        try simulation.awaitConviction(of: wrong)
        simulation.crash(wrong)
        simulation.start(wrong)
        // It has replayed the log, so its state is right again; nobody trusts it for that.
        try simulation.awaitConviction(of: wrong)
        #expect(try simulation.ask(.get("key", .stale), at: wrong).isUnavailable)
        let (leader, _) = try simulation.roles()
        try simulation.change(.leave(nodeID: name), at: leader)
        simulation.crash(wrong)
        simulation.wipe(wrong)
        simulation.nodes[wrong].joining = JoinSettings(
            target: simulation.nodes[followers[1]].address, asLearner: false)
        simulation.start(wrong)
        try simulation.awaitVoters(["n1", "n2", "n3"])
        try #require(
            simulation.run(withinMilliseconds: 3 * Self.interval) {
                simulation.nodes.allSatisfy { $0.replica?.comparisonStatus.isMismatch == false }
            }, "\(simulation.troubles)")
        #expect(try simulation.get("key", at: wrong) == "right")
    }

    @Test func whoInstallsASnapshotMeanwhileIsComparedTheNextTime() throws {
        var settings = Self.settings()
        settings.replica.snapshotEntries = 50
        let simulation = try Simulation.formed(settings)
        try simulation.put("key", "right", at: 0)
        try simulation.awaitComparison()
        let (leader, followers) = try simulation.roles()
        let late = followers[0]
        simulation.crash(late)
        let index = try simulation.comparison(at: leader).index
        let writer = Writer(simulation)
        try #require(
            simulation.run(withinMilliseconds: 20_000) {
                guard let replica = simulation.nodes[leader].replica else { return false }
                return replica.snapshotPosition.index > replica.stateMachine.comparison.index
                    && replica.stateMachine.comparison.index > index && replica.raft.log.firstIndex > index
            }, "\(simulation.troubles)")
        writer.stop()
        simulation.start(late)
        try #require(
            simulation.run(withinMilliseconds: 10_000) {
                simulation.nodes[late].replica.map { $0.snapshotPosition.index > index && !$0.isInstallingSnapshot }
                    ?? false
            }, "\(simulation.troubles)")
        try simulation.awaitComparison()
        #expect(try simulation.comparison(at: late).isMismatch == false)
    }

    @Test func aNodeAloneComparesNothing() throws {
        let simulation = try Simulation.formed(Self.settings(nodes: 1))
        try simulation.put("key", "right", at: 0)
        let last = try simulation.replica(0).raft.log.lastIndex
        simulation.run(forMilliseconds: 5 * Self.interval)
        #expect(try simulation.replica(0).raft.log.lastIndex <= last + 1)
    }
}

extension Simulation {
    fileprivate func comparison(at place: Int) throws -> HashComparison { try replica(place).stateMachine.comparison }

    /// This node alone remembers a change that no entry has made. The simulation's own checks look at keys and values only.
    fileprivate func corrupt(_ place: Int) throws {
        let replica = try replica(place)
        let position = EventPosition(revision: replica.stateMachine.lastApplied, number: 7)
        let event = Event(position: position, key: Array("key".utf8), kind: .delete)
        replica.stateMachine.current.history.append(position, key: event.key, value: nil, hash: event.hash)
    }

    /// Asks each of these places again and again, until `isOver`.
    fileprivate func flood(
        _ body: ClientRequest.Body, at places: [Int], _ note: @escaping (ClientRequest.ID, Int) -> Void
    ) {
        after(milliseconds: 1) { simulation in
            for place in places where simulation.nodes[place].isRunning {
                guard simulation.nodes[place].replica?.stateMachine.comparison.convicted.isEmpty ?? false else {
                    return
                }
                note(simulation.submit(body, to: place), place)
            }
            simulation.flood(body, at: places, note)
        }
    }

    /// Lets time pass until another comparison has been reported on by all of these nodes, or by all that run.
    fileprivate func awaitComparison(of places: Set<Int>? = nil) throws {
        let running = places ?? Set(nodes.filter(\.isRunning).map(\.place))
        let before = running.map { nodes[$0].replica?.stateMachine.comparison.index ?? 0 }.max() ?? 0
        let isDone = { [self] in
            running.allSatisfy { place in
                guard let comparison = nodes[place].replica?.stateMachine.comparison else { return false }
                return comparison.index > before && comparison.reports.count == running.count
            }
        }
        try #require(run(withinMilliseconds: 10_000, until: isDone), "\(troubles)")
    }

    /// Lets time pass until `place` is convicted, as all nodes that run see it, or as `witness` does.
    fileprivate func awaitConviction(of place: Int, at witness: Int? = nil) throws {
        let instance = try replica(place).identity.instance
        let isDone = { [self] in
            nodes.allSatisfy { node in
                guard let replica = node.replica, witness ?? node.place == node.place else { return true }
                return replica.stateMachine.comparison.convicted == [instance]
            }
        }
        try #require(run(withinMilliseconds: 6000, until: isDone), "\(troubles)")
    }
}
