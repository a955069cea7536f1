import Logging
import Raft
import Reactor
import Testing

@testable import Node

@Suite struct OptionsTests {
    @Test func whatIsLeftOutHasItsDefault() throws {
        let options = try options("--http-port 8080")
        #expect(options.mode == .standalone)
        #expect(options.nodeID == "node1")
        #expect(options.client?.listenAddress.description == "127.0.0.1:8080")
        #expect(options.client?.transport == .streamableHTTP)
        #expect(!options.servesStdio)
        #expect(options.stdioSessionLog == nil)
        #expect(options.sessionDBPath == "/tmp/mcp-v8-sessions")
        #expect(options.maxValueSize == 1 << 20)
        #expect(options.segmentSize == 64 << 20)
        #expect(options.maxConnections == nil)
        #expect(options.raftSettings.heartbeatIntervalMilliseconds == 100)
        #expect(options.raftSettings.electionTimeoutMinMilliseconds == 300)
        #expect(options.raftSettings.electionTimeoutMaxMilliseconds == 500)
        #expect(options.allowedHosts == .only([]))
        #expect(options.allowedOrigins == .only([]))
        #expect(options.logLevel == .info)
        #expect(options.logFormat == .text)
        #expect(options.warnings == [])
    }

    @Test func withoutPortsStdinAndStdoutAreServed() throws {
        let plain = try options("")
        #expect(plain.servesStdio)
        #expect(plain.mode == .standalone)
        #expect(plain.stdioSessionLog == nil)
        #expect(try !options("--cluster-port 4000 --metadata-only").servesStdio)
    }

    @Test func theSessionLogOfStdioComesFromAnywhere() throws {
        #expect(try NodeTests.options("--session-id a").stdioSessionLog == Array("a".utf8))
        #expect(try NodeTests.options("", environment: ["RAFTD_SESSION_ID": "é/"]).stdioSessionLog == Array("é/".utf8))
        let file = [".": #"{"session-id": "c"}"#]
        #expect(try NodeTests.options("--config .", files: file).stdioSessionLog == Array("c".utf8))
    }

    @Test func aClusterNodeHasItsPeersAndAnAddress() throws {
        let cluster = try #require(
            try options("--cluster-port=4000 --node-id=n1 --peers=n2@h2:4000,10.0.0.3:4001,[::1]:4002 --http-port=0")
                .cluster)
        #expect(cluster.listenAddress.description == "0.0.0.0:4000")
        #expect(cluster.advertiseAddress.description == "n1:4000")
        #expect(!cluster.isAdvertiseAddressExplicit)
        #expect(
            cluster.peers == [
                PeerSpecification(nodeID: "n2", address: "h2:4000"),
                PeerSpecification(nodeID: nil, address: "10.0.0.3:4001"),
                PeerSpecification(nodeID: nil, address: "[::1]:4002"),
            ])
    }

    @Test func theAdvertisedAddressMayBeChosen() throws {
        let line = "--cluster-port 4000 --sse-port 80 --advertise-addr 10.1.2.3:5000 --cluster-host ::1"
        let options = try options(line)
        #expect(options.cluster?.advertiseAddress == HostPort(host: "10.1.2.3", port: 5000))
        #expect(options.cluster?.isAdvertiseAddressExplicit == true)
        #expect(options.cluster?.listenAddress.description == "[::1]:4000")
        #expect(options.client?.transport == .serverSentEvents)
        #expect(options.warnings == [])
    }

    @Test func aMetadataOnlyNodeHasNoClientPort() throws {
        let options = try options("--cluster-port 4000 --metadata-only")
        #expect(options.client == nil)
        #expect(options.cluster?.peers == [])
    }

    @Test func portsBeyondThisMachineAreWarnedOf() throws {
        let warnings = try options("--cluster-port 4000 --http-port 80 --http-host 0.0.0.0").warnings
        #expect(warnings.count == 2)
        #expect(warnings.allSatisfy { $0.contains("0.0.0.0") && !$0.contains("\n") })
    }

    @Test(arguments: [
        ("65536", 65536), ("64KiB", 65536), ("2MiB", 2 << 20), ("1", 1),
    ])
    func sizesHaveUnits(text: String, bytes: Int) throws {
        #expect(try options("--http-port 1 --max-value-size \(text)").maxValueSize == bytes)
    }

    @Test func listsOfHostsAndOriginsKnowNoCase() throws {
        let options = try options(
            "--http-port 1 --allowed-hosts Example.com,db --allowed-origins https://App.example:8443,http://[::1]:80")
        #expect(options.allowedHosts.contains("EXAMPLE.com"))
        #expect(!options.allowedHosts.contains("other"))
        #expect(options.allowedOrigins.contains("https://app.example:8443"))
        #expect(options.allowedOrigins.contains("http://[::1]:80"))
        #expect(!options.allowedOrigins.contains("https://app.example"))
        #expect(try self.options("--http-port 1 --allowed-hosts *").allowedHosts.contains("anything"))
    }

    private func options(_ line: String) throws -> Options { try NodeTests.options(line) }

    // MARK: - Where values come from

    @Test func theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws {
        let files = ["c.json": #"{"http-port": 1, "node-id": "file", "log-level": "debug"}"#]
        let environment = ["RAFTD_NODE_ID": "environment", "RAFTD_HTTP_PORT": "2", "RAFTD_LOG_FORMAT": ""]
        let options = try NodeTests.options("--config c.json --http-port 3", environment: environment, files: files)
        #expect(options.client?.listenAddress.port == 3)
        #expect(options.nodeID == "environment")
        #expect(options.logLevel == .debug)
        #expect(options.logFormat == .text)
    }

    @Test func theEnvironmentMayNameTheFile() throws {
        let options = try NodeTests.options(
            "", environment: ["RAFTD_CONFIG": "c.json"], files: ["c.json": #"{"sse-port": "81"}"#])
        #expect(options.client?.listenAddress.port == 81)
    }

    @Test func theFileHoldsListsAndSwitches() throws {
        let text = #"{"cluster-port": 4000, "metadata-only": true, "peers": ["b@h:1", "c:2"]}"#
        let options = try NodeTests.options("--config c", files: ["c": text])
        #expect(options.client == nil)
        #expect(options.cluster?.peers.map(\.description) == ["b@h:1", "c:2"])
    }

    @Test(arguments: [
        (#"{"http-port": 1"#, "c is not JSON: a comma or } should stand here at byte 15"),
        ("[1]", #"c holds no JSON object: write {"http-port": 8080}, with the names of flags as keys"#),
        (
            #"{"http_port": 1}"#,
            "c has an unknown key http_port: raftd --help lists the flags, write their names without --"
        ),
        (
            #"{"config": "d"}"#,
            "c has an unknown key config: raftd --help lists the flags, write their names without --"
        ),
        (#"{"http-port": 1.5}"#, "c has a value under http-port that does not fit: give a string or a whole number"),
        (#"{"metadata-only": "yes"}"#, "c: metadata-only yes is neither true nor false"),
        (#"{"metadata-only": 1}"#, "c has a value under metadata-only that does not fit: give true or false"),
        (
            #"{"peers": [1]}"#,
            "c has a value under peers that does not fit: give a string or an array of strings"
        ),
        (#"{"http-port": "x"}"#, "c: http-port x is not a port: give a number from 0 to 65535"),
        (
            #"{"http-port": 1, "heartbeat-interval": 400}"#,
            "c: heartbeat-interval 400 is not below --election-timeout-min 300 (the default): "
                + "followers would stand before they hear the leader; a third of it is usual"
        ),
    ])
    func aBadFileIsRefused(text: String, message: String) {
        #expect(
            parse("--config c", files: ["c": text]) == .refuse(StartFailure(message, status: .configuration)))
    }

    @Test func anUnreadableFileIsRefused() {
        let failure = StartFailure("c cannot be read: it is not there", status: .configuration)
        #expect(parse("--config c --http-port 1") == .refuse(failure))
    }

    @Test func aBadVariableIsRefusedByItsName() {
        let failure = StartFailure("RAFTD_HTTP_PORT=x is not a port: give a number from 0 to 65535", status: .usage)
        #expect(parse("", environment: ["RAFTD_HTTP_PORT": "x"]) == .refuse(failure))
    }

    // MARK: - Help

    @Test func theHelpNamesEveryFlag() {
        guard case .print(let help) = parse("--http-port nonsense --help") else {
            Issue.record("--help prints no help")
            return
        }
        for flag in FlagName.allCases {
            #expect(help.contains("--\(flag.rawValue)"), "\(flag.rawValue)")
        }
    }

    @Test func theVersionIsPrinted() {
        #expect(parse("--version") == .print("raftd 0.1.0"))
    }

    @Test func whatTheDescriptorsAllowLimitsTheConnections() throws {
        #expect(try ConnectionLimit(requested: nil, descriptorLimit: 1024).clients == 720)
        #expect(try ConnectionLimit(requested: 720, descriptorLimit: 1024).clients == 720)
        #expect(throws: StartFailure.self) { try ConnectionLimit(requested: 721, descriptorLimit: 1024) }
        #expect(throws: StartFailure.self) { try ConnectionLimit(requested: nil, descriptorLimit: 64) }
    }

    @Test(arguments: [97, 128, 256, 1024, 20_000, 1_048_576])
    func bothPortsTogetherLeaveDescriptorsToTheLog(descriptorLimit: Int) throws {
        let limit = try ConnectionLimit(requested: nil, descriptorLimit: descriptorLimit)
        #expect(limit.clients >= 1 && limit.peers >= 24 && limit.lingering >= 4)
        #expect(limit.clients + limit.peers + 2 * limit.lingering + 64 <= descriptorLimit)
    }
}
