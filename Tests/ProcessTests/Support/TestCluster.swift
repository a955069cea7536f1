import Foundation
import Glibc

/// One node, running or not, on a port and a directory of its own.
final class TestNode {
    let id: String
    let clusterPort: UInt16
    let clientPort: UInt16
    let folder: String
    var flags: [String]
    private(set) var process: ChildProcess?

    init(id: String, clusterPort: UInt16, clientPort: UInt16, folder: String, flags: [String]) {
        self.id = id
        self.clusterPort = clusterPort
        self.clientPort = clientPort
        self.folder = folder
        self.flags = flags
    }

    /// `cluster-ID` below the folder.
    var dataDirectory: String { "\(folder)/cluster-\(id)" }

    /// Starts it and returns; what it prints tells the rest.
    @discardableResult
    func launch() throws -> ChildProcess {
        let child = try ChildProcess(
            [Programs.raftd, "--session-db-path", folder, "--http-port", String(clientPort)] + flags)
        process = child
        return child
    }

    /// Until it listens.
    func start() throws { try launch().waitForOutput(" ready ") }

    func kill() throws {
        try process?.killAndWait()
        process = nil
    }

    /// SIGTERM. - Returns: the exit status.
    @discardableResult
    func stop() throws -> Int32 {
        process?.signal(SIGTERM)
        defer { process = nil }
        return try process?.waitForExit() ?? 0
    }

    func ask(_ method: String, _ target: String, body: String? = nil, headers: [String: String] = [:]) throws
        -> HTTPReply
    {
        try HTTPReply.ask(clientPort, method, target, body: body, headers: headers)
    }

    /// What an operator sends to the cluster port.
    func administer(_ change: String, _ body: String) throws -> HTTPReply {
        try HTTPReply.ask(
            clusterPort, "POST", "/raft/\(change)", body: body, headers: ["Content-Type": "application/json"])
    }

    @discardableResult
    func put(_ key: String, _ value: String) throws -> HTTPReply { try ask("PUT", "/v1/kv/\(key)", body: value) }

    func get(_ key: String, stale: Bool = false) throws -> HTTPReply {
        try ask("GET", "/v1/kv/\(key)\(stale ? "?consistency=stale" : "")")
    }

    /// Nil while it does not answer.
    func status() -> [String: Any]? {
        guard let reply = try? ask("GET", "/raft/status"), reply.status == 200 else { return nil }
        return try? reply.json
    }

    func isReady() -> Bool {
        guard let reply = try? ask("GET", "/readyz") else { return false }
        return reply.status == 200
    }
}

/// Nodes that list each other, or of which all but the first join.
final class TestCluster {
    let nodes: [TestNode]
    private let folder: ScratchFolder

    /// - Parameters:
    ///   - named: whether peers are listed with their ids.
    ///   - joins: whether nobody is listed: the first starts alone, and the others join it.
    init(count: Int = 3, named: Bool = true, joins: Bool = false, flags: [String] = []) throws {
        let folder = try ScratchFolder()
        self.folder = folder
        let ports = try LoopbackPorts.free(2 * count)
        nodes = (0..<count).map { index in
            let peers = (0..<count).filter { $0 != index }.map {
                (named ? "node\($0 + 1)@" : "") + "127.0.0.1:\(ports[$0])"
            }
            let own = [
                "--node-id", "node\(index + 1)", "--cluster-port", String(ports[index]), "--cluster-host", "127.0.0.1",
                "--advertise-addr", "127.0.0.1:\(ports[index])",
            ]
            let others =
                !joins
                ? ["--peers", peers.joined(separator: ",")] : index == 0 ? [] : ["--join", "127.0.0.1:\(ports[0])"]
            return TestNode(
                id: "node\(index + 1)", clusterPort: ports[index], clientPort: ports[count + index],
                folder: folder.path,
                flags: own + others + flags)
        }
    }

    /// All nodes, until each hears a leader.
    func start() throws {
        for node in nodes { try node.start() }
        try waitReady()
    }

    /// A cluster that is up.
    static func started(count: Int = 3, named: Bool = true, flags: [String] = []) throws -> TestCluster {
        let cluster = try TestCluster(count: count, named: named, flags: flags)
        try cluster.start()
        return cluster
    }

    /// A cluster that has grown from one node by `--join` alone, until all are voters.
    static func grown(count: Int = 3, flags: [String] = []) throws -> TestCluster {
        let cluster = try TestCluster(count: count, joins: true, flags: flags)
        for node in cluster.nodes {
            try node.start()
            try cluster.waitReady()
        }
        try cluster.waitForVoters(count)
        return cluster
    }

    /// Until every running node knows of so many voters, and of no learner.
    func waitForVoters(_ count: Int) throws {
        for node in running {
            try eventually("\(node.id) to know \(count) voters") {
                let status = node.status()
                return (status?["peer_addrs"] as? [String: String])?.count == count
                    && (status?["learners"] as? [String]) == []
            }
        }
    }

    /// Kills what runs and removes the data; call it last.
    func discard() {
        for node in nodes { try? node.kill() }
        folder.remove()
    }

    var running: [TestNode] { nodes.filter { $0.process != nil } }

    func waitReady() throws {
        for node in running { try eventually("\(node.id) to be ready") { node.isReady() } }
    }

    /// The one that all running nodes follow.
    func leader() throws -> TestNode {
        var leader: TestNode?
        try eventually("one leader") {
            let ids = Set(running.map { $0.status()?["leader_id"] as? String })
            leader = running.first { ids == [$0.id] }
            return leader != nil
        }
        guard let leader else { throw TestFailure("no leader") }
        return leader
    }

    func followers() throws -> [TestNode] {
        let leader = try leader()
        return running.filter { $0 !== leader }
    }

    /// Until all running nodes have applied the same last entry.
    func waitCaughtUp() throws {
        try eventually("all nodes to hold the same") {
            let indexes = running.map { [$0.status()?["log_length"] as? Int, $0.status()?["last_applied"] as? Int] }
            return Set(indexes.flatMap { $0 }).count == 1 && indexes[0][0] != nil
        }
    }
}
