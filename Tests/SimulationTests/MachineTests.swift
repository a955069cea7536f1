import Raft
import Replica
import StateMachine
import Testing

@testable import Simulation

/// The faults of machines do what they say.
@Suite struct MachineTests {
    private func formed(_ nodes: Int = 3, seed: UInt64 = 1) throws -> Simulation {
        var settings = SimulationSettings()
        settings.nodes = nodes
        // Small, so that there are sealed segments soon.
        settings.replica.log = SegmentedLog.Settings(segmentSize: 4 << 10, maxBatchSize: 4 << 10)
        let simulation = Simulation(settings, seed: seed)
        simulation.startAll()
        try #require(simulation.run(withinMilliseconds: 5_000) { simulation.hasConverged })
        return simulation
    }

    private func put(_ count: Int, at node: Int, of simulation: Simulation) throws {
        for number in 0..<count {
            let value = [UInt8](repeating: UInt8(number % 256), count: 200)
            let id = simulation.submit(.write(.put(key: [1], value: value, condition: .none)), to: node)
            let isAnswered = simulation.run(withinMilliseconds: 5_000) { simulation.answers[id] != nil }
            try #require(isAnswered, "\(simulation.violation?.description ?? simulation.states)")
        }
    }

    @Test func clocksRunAtTheirRate() {
        var clock = SimulatedClock(offsetMilliseconds: -5)
        let start = Instant(nanoseconds: 3_000_000_000)
        #expect(clock.local(start) == start && clock.world(start) == start)
        #expect(clock.wall(start) == 1_700_000_002_995)
        clock.run(at: 900_000, since: start)
        #expect(clock.local(start.advanced(byMilliseconds: 1_000)) == start.advanced(byMilliseconds: 900))
        clock.run(at: 1_100_000, since: start.advanced(byMilliseconds: 1_000))
        #expect(clock.local(start.advanced(byMilliseconds: 2_000)) == start.advanced(byMilliseconds: 2_000))
        for nanoseconds in [0, 1, 999_999, 123_456_789] as [UInt64] {
            let local = Instant(nanoseconds: clock.local(start).nanoseconds + 1_000_000_000 + nanoseconds)
            #expect(clock.local(clock.world(local)) >= local, "a timer that fires too early fires again and again")
        }
        #expect(clock.world(.never) == .never)
    }

    @Test func aPausedLeaderIsReplacedAndComesBack() throws {
        let simulation = try formed()
        let leader = try #require(simulation.leader).place
        simulation.pause(leader)
        let isReplaced = { simulation.nodes.contains { $0.isLeader && $0.place != leader } }
        #expect(simulation.run(withinMilliseconds: 5_000, until: isReplaced))
        simulation.run(forMilliseconds: 1_000)
        #expect(simulation.nodes[leader].isLeader, "it has had no turn")
        simulation.resume(leader)
        try simulation.converge()
        #expect(simulation.counters[.longPause] == 1)
    }

    @Test(arguments: [false, true], 1...10 as ClosedRange<UInt64>)
    func aFailedSyncStopsTheNodeAndCostsNothing(reboots: Bool, seed: UInt64) throws {
        let simulation = try formed(seed: seed)
        let leader = try #require(simulation.leader).place
        let place = (leader + 1) % 3
        simulation.nodes[place].failsNextSync = true
        try put(1, at: leader, of: simulation)
        let hasStopped = { !simulation.nodes[place].isRunning }
        try #require(simulation.run(withinMilliseconds: 1_000, until: hasStopped))
        #expect(simulation.nodes[place].stopMessage?.contains("sync") == true)
        if reboots { simulation.losePower(simulation.nodes[place]) }
        simulation.start(place)
        // It goes on from what the kernel shows, acknowledges it, and loses power only then.
        try put(5, at: leader, of: simulation)
        try simulation.converge()
        for node in simulation.nodes { simulation.crash(node.place) }
        try simulation.converge()
        #expect(simulation.violation == nil)
    }

    @Test func rotIsFoundAtTheStart() throws {
        let simulation = try formed()
        let leader = try #require(simulation.leader).place
        try put(60, at: leader, of: simulation)
        simulation.crash((leader + 1) % 3)
        let node = simulation.nodes[(leader + 1) % 3]
        #expect(try simulation.rot(node, seed: 1))
        #expect(simulation.counters[.rotFound] == 1)
        simulation.start(node.place)
        #expect(simulation.violation?.description.contains("corrupt at offset") == true)
    }

    @Test func aNodeWithoutItsDiskIsRefusedTakenOutAndLetInAgain() throws {
        let simulation = try formed(5)
        let operators = Operator(simulation)
        operators.schedule()
        let leader = try #require(simulation.leader).place
        let place = (leader + 1) % 5
        try put(5, at: leader, of: simulation)
        #expect(operators.mayLoseDisk(of: place))
        simulation.crash(place)
        simulation.wipe(place)
        operators.cure(place)
        #expect(!operators.mayLoseDisk(of: leader), "one at a time")
        let isBack = {
            simulation.nodes[place].replica?.raft.configuration.isVoter(simulation.nodes[place].instance ?? .none)
                == true
        }
        #expect(simulation.run(withinMilliseconds: 20_000, until: isBack), "\(simulation.states)")
        #expect(simulation.counters[.wipedNodeRefused] > 0)
        try simulation.converge()
    }

    @Test func cutsAreCountedAndMended() {
        var network = SimulatedNetwork(NetworkSettings(), nodes: 3)
        network.cut(from: 0, to: 1)
        network.isolate(0)
        network.mend(from: 0, to: 1)
        #expect(network.isCut(from: 0, to: 1) && network.isCut(from: 2, to: 0) && !network.isCut(from: 1, to: 2))
        network.mend(from: 0, to: 1)
        #expect(!network.isCut(from: 0, to: 1) && network.isCut(from: 1, to: 0))
        network.heal()
        #expect(!network.isCut(from: 1, to: 0))
    }
}
