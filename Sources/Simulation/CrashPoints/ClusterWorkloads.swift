import Raft
import Replica

/// Whole nodes at work: what the shipped `Replica` has its disk do, in a simulated cluster.
extension Workload {
    static var clusters: [Workload] {
        [
            Workload(
                name: "single-node", summary: "a whole node forms a cluster of one, writes, makes snapshots, restarts"
            ) {
                try singleNode()
            },
            Workload(
                name: "deposed-leader", summary: "a whole node leads, is cut off, and a later leader truncates its log"
            ) {
                try deposedLeader()
            },
            Workload(name: "install", summary: "a whole node that was cut off gets a snapshot in place of its log") {
                try install()
            },
            Workload(name: "join", summary: "a whole node with an empty disk is made a member and gets a snapshot") {
                try join()
            },
        ]
    }

    private static func world(nodes: Int) -> SimulationSettings {
        var settings = SimulationSettings()
        settings.nodes = nodes
        settings.replica.log = smallSegments
        settings.replica.snapshotEntries = 8
        settings.replica.snapshotChunkBytes = 600
        settings.replica.raft.windowBytes = 0
        settings.diskMicroseconds = 50...500
        return settings
    }

    private static func singleNode() throws -> Tape {
        let recorder = ClusterRecorder(world(nodes: 1), seed: 1, watching: 0)
        try recorder.start([0])
        try recorder.run("the cluster") { recorder.simulation.hasConverged }
        for size in [1, 30, 700, 5, 900, 200, 1, 1, 1500, 40] { try recorder.put(size, at: 0) }
        try recorder.rest()
        recorder.simulation.kill(0)
        try recorder.start([0])
        for size in [300, 300, 300, 2, 900, 900] { try recorder.put(size, at: 0) }
        try recorder.rest()
        return recorder.tape
    }

    private static func deposedLeader() throws -> Tape {
        let recorder = ClusterRecorder(world(nodes: 3), seed: 2, watching: 0)
        let simulation = recorder.simulation
        try recorder.start([0, 1, 2])
        try recorder.run("the cluster") { simulation.hasConverged }
        for round in 0..<2 {
            simulation.network.isolate((simulation.leader?.place ?? 0) == 0 ? 1 : 0)
            while simulation.leader?.place != 0 {
                // The others may have elected one of them: it goes to where the watched node is.
                simulation.network.heal()
                let leader = simulation.leader?.place ?? 1
                simulation.network.isolate(leader)
                try recorder.run("another leader") { (simulation.leader?.place ?? leader) != leader }
            }
            simulation.network.heal()
            try recorder.run("peace") { simulation.hasConverged }
            guard simulation.leader?.place == 0 else { continue }
            try recorder.put(20 + round, at: 0)
            simulation.network.isolate(0)
            for size in [50, 700, 600] {
                recorder.propose(size, at: 0)
                try recorder.run(forMilliseconds: 5)
            }
            try recorder.run("a later leader") { (simulation.leader?.place ?? 0) != 0 }
            if let leader = simulation.leader?.place { try recorder.put(30, at: leader) }
            simulation.network.heal()
            try recorder.run("the truncation") { simulation.hasConverged }
        }
        try recorder.rest()
        guard recorder.turns > 0 else { throw Violation("nothing was truncated") }
        return recorder.tape
    }

    private static func install() throws -> Tape {
        let recorder = ClusterRecorder(world(nodes: 3), seed: 3, watching: 2)
        let simulation = recorder.simulation
        try recorder.start([0, 1, 2])
        try recorder.run("the cluster") { simulation.hasConverged }
        for size in [10, 200] { try recorder.put(size, at: 2) }
        try recorder.run("peace") { simulation.hasConverged }
        simulation.network.isolate(2)
        recorder.propose(40, at: 2)
        try recorder.run("a leader of the others") { (simulation.leader?.place ?? 2) != 2 }
        for number in 0..<24 { try recorder.put(50 + 20 * number, at: number % 2) }
        simulation.network.heal()
        try recorder.run("the installation") { recorder.installs > 0 && simulation.hasConverged }
        for size in [10, 900, 20] { try recorder.put(size, at: 2) }
        try recorder.rest()
        return recorder.tape
    }

    private static func join() throws -> Tape {
        var settings = world(nodes: 3)
        settings.founders = 2
        let recorder = ClusterRecorder(settings, seed: 4, watching: 2)
        let simulation = recorder.simulation
        try recorder.start([0, 1])
        try recorder.run("the cluster") { simulation.hasConverged }
        for number in 0..<20 { try recorder.put(50 + 20 * number, at: number % 2) }
        simulation.nodes[2].joining = JoinSettings(target: simulation.nodes[0].address, asLearner: false)
        try recorder.start([2])
        try recorder.run("the member") {
            recorder.installs > 0 && simulation.hasConverged && simulation.members.count == 3
        }
        for size in [10, 900, 20] { try recorder.put(size, at: 2) }
        try recorder.rest()
        return recorder.tape
    }
}
