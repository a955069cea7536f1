import Testing

@testable import Node

/// Every refusal says in one line of its own what is wrong and what to do.
@Suite struct RefusalTests {
    static let seedRule =
        "Cluster mode requires --http-port or --sse-port (stdio transport is not supported in cluster mode)"

    static let sessionRule =
        "--session-id is for MCP over stdio, without ports: leave it out, and let clients send X-MCP-Session-Id"

    static let idRule = "give 1 to 63 letters, digits, '.', '-' or '_', the first a letter or digit"

    static let ways: [Refusal] = [
        Refusal("--cluster-port 4000", seedRule, .failure),
        Refusal("--cluster-port=4000 --peers b:4000 --join b:4000", seedRule, .failure),
        Refusal("--http-port 1 --sse-port 2", "--http-port and --sse-port exclude each other: give one of them"),
        Refusal(
            "--cluster-port 4 --http-port 1 --sse-port 2",
            "--http-port and --sse-port exclude each other: give one of them"),
        Refusal(
            "--metadata-only",
            "--metadata-only needs --cluster-port: give both, or --http-port for a node of its own"),
        Refusal(
            "--metadata-only --http-port 80",
            "--metadata-only needs --cluster-port: give both, or --http-port for a node of its own"),
        Refusal(
            "--metadata-only --cluster-port 4 --sse-port 80",
            "--metadata-only excludes --http-port and --sse-port: leave out one or the other"),
        Refusal("--http-port 1 --peers b:4", "--peers b:4 needs --cluster-port: a node without it is a group of one"),
        Refusal("--http-port 1 --join b:4", "--join b:4 needs --cluster-port: a node without it is a group of one"),
        Refusal(
            "--http-port 1 --advertise-addr b:4",
            "--advertise-addr b:4 needs --cluster-port: a node without it is a group of one"),
    ]

    static let values: [Refusal] = [
        Refusal("--http-port http", "--http-port http is not a port: give a number from 0 to 65535"),
        Refusal("--http-port 65536", "--http-port 65536 is not a port: give a number from 0 to 65535"),
        Refusal("--sse-port +80", "--sse-port +80 is not a port: give a number from 0 to 65535"),
        Refusal("--cluster-port 0 --http-port 1", "--cluster-port 0 is not a port: give a number from 1 to 65535"),
        Refusal("--http-port 1 --node-id=''", "--node-id '' is not a node id: \(idRule)"),
        Refusal("--http-port 1 --node-id ''", "--node-id '' is not a node id: \(idRule)"),
        Refusal("--http-port 1 --node-id a/b", "--node-id a/b is not a node id: \(idRule)"),
        Refusal("--http-port 1 --node-id ..", "--node-id .. is not a node id: \(idRule)"),
        Refusal(
            "--cluster-port 4 --http-port 1 --advertise-addr=''",
            "--advertise-addr '' is not an address: give host:port, such as node2:4000 or [::1]:4000"),
        Refusal(
            "--cluster-port 4 --http-port 1 --advertise-addr a:0",
            "--advertise-addr a:0 is not an address: give host:port, such as node2:4000 or [::1]:4000"),
        Refusal(
            "--cluster-port 4 --join nowhere",
            "--join nowhere is not an address: give host:port, such as node2:4000 or [::1]:4000"),
        Refusal(
            "--http-port 1 --http-host example.com",
            "--http-host example.com is not an IP address: give one of this machine, 0.0.0.0 for all, or localhost"),
        Refusal(
            "--http-port 1 --max-value-size 1MB",
            "--max-value-size 1MB is not a size: give bytes, or a number with KiB, MiB or GiB, such as 64MiB"),
        Refusal(
            "--http-port 1 --max-value-size 33MiB", "--max-value-size 33MiB is out of range: give 1 to 32MiB"),
        Refusal(
            "--http-port 1 --max-connections 0",
            "--max-connections 0 is refused: give a whole number from 1 to 1000000"),
        Refusal(
            "--http-port 1 --log-level loud",
            "--log-level loud is unknown: give trace, debug, info, notice, warning, error or critical"),
        Refusal("--http-port 1 --log-format xml", "--log-format xml is unknown: give text or json"),
        Refusal("--http-port 1 --session-db-path=''", "--session-db-path '' is not a path: give a directory"),
        Refusal(
            "--http-port 1 --allowed-hosts a:80",
            "--allowed-hosts a:80 lists a:80, which is no host: give names without a port, or * alone"),
        Refusal(
            "--http-port 1 --allowed-origins example.com",
            "--allowed-origins example.com lists example.com, which is no origin: "
                + "give https://host or https://host:port, or * alone"),
        Refusal(
            "--http-port 1 --allowed-origins https://a/b",
            "--allowed-origins https://a/b lists https://a/b, which is no origin: "
                + "give https://host or https://host:port, or * alone"),
    ]

    static let peers: [Refusal] = [
        ("b", "lists b, which is no peer: give id@host:port or host:port"),
        ("b@:4", "lists b@:4, which is no peer: give id@host:port or host:port"),
        ("@b:4", "lists @b:4, whose id is none: an id has \(idRule.dropFirst(5))"),
        ("b:4,,c:4", "has an empty element: separate elements by single commas"),
        ("node1@b:4", "lists node1@b:4, which is this node: leave it out"),
        ("NODE1:4", "lists node1:4, which is this node's own address: leave it out"),
        ("x@node1:4", "lists node1:4, which is this node's own address: leave it out"),
        ("b:4,B:4", "lists the address B:4 twice: list each member once"),
        ("b@x:4,c@x:4", "lists the address x:4 twice: list each member once"),
        ("[::1]:4,[0:0::1]:4", "lists the address [0:0::1]:4 twice: list each member once"),
        ("b@x:4,b@y:4", "lists the id b twice: give each member its own --node-id"),
    ].map { Refusal("--cluster-port 4 --http-port 1 --peers \($0.0)", "--peers \($0.0) \($0.1)") }

    static let combinations: [Refusal] = [
        Refusal(
            "--http-port 1 --heartbeat-interval 0",
            "--heartbeat-interval 0 is refused: give a whole number from 1 to 3600000"),
        Refusal(
            "--http-port 1 --heartbeat-interval 300",
            "--heartbeat-interval 300 is not below --election-timeout-min 300 (the default): "
                + "followers would stand before they hear the leader; a third of it is usual"),
        Refusal(
            "--http-port 1 --election-timeout-min 501",
            "--election-timeout-min 501 is above --election-timeout-max 500 (the default): "
                + "lower the one or raise the other"),
        Refusal(
            "--http-port 1 --max-value-size 2MiB --segment-size 2MiB",
            "--segment-size 2MiB cannot hold the largest write of --max-value-size 2MiB: "
                + "give --segment-size 2112KiB or more"),
    ]

    static let unavailable: [Refusal] = [
        Refusal(
            "--cluster-port 4 --http-port 1 --join-as-learner",
            "--join-as-learner needs --join: give a member's address with it"),
        Refusal("--http-port 1 --session-id s", sessionRule),
        Refusal("--sse-port 1 --session-id s", sessionRule),
        Refusal("--cluster-port 4 --metadata-only --session-id s", sessionRule),
        Refusal("--session-id=''", "--session-id '' is not a session name: it is empty: give 1 to 512 bytes"),
        Refusal(
            "--session-id " + String(repeating: "x", count: 513),
            "--session-id " + String(repeating: "x", count: 513)
                + " is not a session name: it has 513 bytes: at most 512 are allowed"),
        Refusal(
            "--cluster-port 4 --http-port 1 --join b:4 --peers c:4",
            "--join and --peers exclude each other: give --peers to all members of a cluster that forms, "
                + "--join to a node that comes later"),
        Refusal(
            "--cluster-port 4 --http-port 1 --join NODE1:4",
            "--join NODE1:4 is this node's own address: give that of a member of the cluster"),
        Refusal(
            "--cluster-port 4 --http-port 1 --join=''",
            "--join '' is not an address: give host:port, such as node2:4000 or [::1]:4000"),
        Refusal(
            "--http-port 1 --max-state-size 0", "--max-state-size 0 is out of range: give 1 to \(UInt64.max)"),
        Refusal(
            "recover --node-id n",
            "recover needs --force-single: it makes a cluster of one out of what this node has, "
                + "for when the majority is lost for good"),
        Refusal("recover --force-single --node-id a/b", "--node-id a/b is not a node id: \(idRule)"),
        Refusal(
            "recover --force-single --advertise-addr x",
            "--advertise-addr x is not an address: give host:port, such as node2:4000 or [::1]:4000"),
        Refusal(
            "--http-port 1 --snapshot-entries x",
            "--snapshot-entries x is refused: give a whole number from 1 to \(UInt64.max)"),
    ]

    @Test(arguments: ways + values + peers + combinations + unavailable)
    func isTold(_ refusal: Refusal) {
        #expect(parse(refusal.line) == .refuse(StartFailure(refusal.message, status: refusal.status)))
    }

    @Test(arguments: ["--http-prot 1", "--http-port", "--http-port 1 extra", "-x", "--metadata-only=yes"])
    func whatTheParserRefusesIsOneLineThatPointsToTheHelp(line: String) throws {
        guard case .refuse(let failure) = parse(line) else {
            Issue.record("accepted: \(line)")
            return
        }
        #expect(failure.status == .usage)
        #expect(failure.message.hasSuffix(": see raftd --help"))
        #expect(!failure.message.contains("\n"))
    }

    /// A value cannot write lines of its own into the log of who starts the daemon.
    @Test func controlCharactersAreEscaped() {
        let launch = Options.parse(
            arguments: ["--http-port", "1\n2\u{1B}[31m"], environment: { _ in nil },
            readFile: { path throws(StartFailure) in throw StartFailure(path, status: .failure) })
        let message = "--http-port '1\\n2\\u{1B}[31m' is not a port: give a number from 0 to 65535"
        #expect(launch == .refuse(StartFailure(message, status: .usage)))
    }
}
