import ArgumentParser
import Reactor

/// `raftctl bench`: an open-loop load of puts, and the proof that none that was acknowledged is missing.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Loads the cluster with puts and checks that every acknowledged one is on every node.",
        discussion: """
            With --rate the load is open-loop: requests are due at fixed times, and a latency counts from the moment a request was \
            due, also when it had to wait for a free connection. Without it every connection sends its next put as soon as the last \
            is answered. Exit status 1 when an acknowledged write is missing on a node.
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "Connections, one request at a time on each.")
    var connections = 64

    @Option(help: ArgumentHelp("Puts a second over all connections; 0 is as fast as they can.", valueName: "n"))
    var rate = 0

    @Option(help: ArgumentHelp("Puts in all; without it --duration decides.", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("Seconds.", valueName: "s"))
    var duration = 10

    @Option(help: ArgumentHelp("Distinct keys.", valueName: "n"))
    var keys = 10_000

    @Option(help: ArgumentHelp("Bytes of each value; 24 at least.", valueName: "n"))
    var valueSize = 256

    @Option(help: ArgumentHelp("Which nodes get the load.", valueName: "all|leader|followers"))
    var to = LoadTarget.all

    @Flag(help: "Leave out the final check of every node.")
    var skipCheck = false

    func validate() throws {
        guard (1...10_000).contains(connections) else {
            throw ValidationError("--connections is a number from 1 to 10000")
        }
        guard (0...10_000_000).contains(rate) else { throw ValidationError("--rate is a number from 0 to 10000000") }
        guard (1...86_400).contains(duration) else { throw ValidationError("--duration is 1 to 86400 seconds") }
        guard count.map({ (1...1_000_000_000).contains($0) }) ?? true else {
            throw ValidationError("--count is 1 to 1000000000")
        }
        guard (1...10_000_000).contains(keys) else { throw ValidationError("--keys is a number from 1 to 10000000") }
        guard (24...1 << 20).contains(valueSize) else { throw ValidationError("--value-size is 24 to 1048576 bytes") }
    }

    func run() throws {
        let nodes = try Cluster()
        defer { nodes.close() }
        let statuses = nodes.statuses(from: try cluster.addresses())
        let targets = to.addresses(among: statuses.compactMap(\.status))
        guard !targets.isEmpty else {
            StandardStreams.complain(
                "no node to load: none of those at \(cluster.endpoints) answers, has a client port and is \(to.rawValue)"
            )
            throw ToolExit.unavailable
        }
        let plan = LoadPlan(
            connections: connections, rate: rate, count: count ?? Int.max,
            durationSeconds: count == nil ? duration : 86_400,
            keys: keys, valueSize: valueSize)
        let generator = LoadGenerator(
            nodes, targets: targets, monitors: statuses.filter { $0.status != nil }.map(\.address), plan: plan)
        generator.run()
        let check = skipCheck ? nil : WriteCheck(nodes, addresses: statuses.map(\.address)).run(generator.ledger)
        let report = BenchReport(plan: plan, result: generator.result, check: check)
        print(cluster.output == .json ? report.json : report.text)
        if let check, !check.isClean { throw ExitCode(1) }
    }
}

enum LoadTarget: String, ExpressibleByArgument, CaseIterable {
    case all
    case leader
    case followers

    func addresses(among statuses: [NodeStatus]) -> [Address] {
        statuses.filter { status in
            switch self {
            case .all: true
            case .leader: status.role == "Leader"
            case .followers: status.role == "Follower"
            }
        }.compactMap(\.clientAddress)
    }
}

/// What is to be sent.
struct LoadPlan {
    let connections: Int
    /// Puts a second; 0 is as fast as the connections can.
    let rate: Int
    let count: Int
    let durationSeconds: Int
    let keys: Int
    let valueSize: Int

    static let prefix = "bench/"

    func key(_ number: Int) -> String {
        let digits = String(number)
        return LoadPlan.prefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// The write's number, then filling: what is read back tells which write it was.
    func value(_ sequence: Int) -> [UInt8] {
        let digits = Array(String(sequence).utf8)
        let padded = [UInt8](repeating: UInt8(ascii: "0"), count: 20 - digits.count) + digits
        return padded + [UInt8](repeating: UInt8(ascii: "."), count: valueSize - 20)
    }
}
