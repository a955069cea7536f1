import Foundation
import Testing

extension ProcessTests {
    /// What raftd says before anything is opened or created, and how it ends.
    @Suite struct StartRefusals {
        private func refusal(_ arguments: [String]) throws -> (status: Int32, message: String) {
            let process = try ChildProcess([Programs.raftd] + arguments)
            return (try process.waitForExit(), process.output)
        }

        @Test func clusterModeNeedsATransport() throws {
            let (status, message) = try refusal(["--cluster-port", "7001"])
            #expect(status == 1)
            #expect(
                message
                    == "Cluster mode requires --http-port or --sse-port (stdio transport is not supported in cluster mode)\n"
            )
        }

        @Test(arguments: [
            ["--http-port", "8001", "--sse-port", "8002"],
            ["--http-port", "8001", "--heartbeat-interval", "0"],
            ["--http-port", "8001", "--heartbeat-interval", "300"],
            ["--http-port", "8001", "--election-timeout-min", "600"],
            ["--http-port", "8001", "--cluster-port", "7001", "--node-id", ""],
            ["--http-port", "8001", "--cluster-port", "7001", "--peers", "node2"],
            ["--http-port", "8001", "--cluster-port", "7001", "--peers", "a@127.0.0.1:7002,b@127.0.0.1:7002"],
            ["--http-port", "8001", "--cluster-port", "7001", "--peers", "node1@127.0.0.1:7002"],
            ["--http-port", "8001", "--cluster-port", "7001", "--advertise-addr", "nowhere"],
            ["--http-port", "8001", "--cluster-port", "7001", "--join", ""],
            ["--http-port", "8001", "--cluster-port", "7001", "--join", "a:7002", "--peers", "b@b:7002"],
            ["recover", "--node-id", "node1"],
            ["--http-port", "99999"],
            ["--no-such-flag"],
        ])
        func badUsageIs64InOneLine(arguments: [String]) throws {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let (status, message) = try refusal(arguments + ["--session-db-path", folder.path + "/data"])
            #expect(status == 64)
            #expect(message.split(separator: "\n").count == 1, "\(message)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"), "nothing may be created")
        }

        @Test func badConfigurationFileIs78() throws {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let file = folder.path + "/raftd.json"
            try #"{"http-port": 8001, "no-such-flag": 1}"#.write(toFile: file, atomically: false, encoding: .utf8)
            let (status, message) = try refusal(["--config", file])
            #expect(status == 78)
            #expect(message.contains("no-such-flag"))
        }

        @Test func occupiedPortIsFatal() throws {
            let cluster = try TestCluster(count: 2)
            defer { cluster.discard() }
            try cluster.nodes[0].start()
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let port = String(cluster.nodes[0].clientPort)
            let (status, message) = try refusal(["--http-port", port, "--session-db-path", folder.path])
            #expect(status == 1)
            #expect(message.contains("127.0.0.1:\(port)"))
            #expect(message.contains("choose another port"))
        }

        @Test func aDirectoryInUseNamesItsHolder() throws {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let ports = try LoopbackPorts.free(2)
            let first = TestNode(id: "first", clusterPort: 0, clientPort: ports[0], folder: folder.path, flags: [])
            try first.start()
            defer { try? first.kill() }
            let (status, message) = try refusal(["--http-port", String(ports[1]), "--session-db-path", folder.path])
            #expect(status == 1)
            #expect(message.contains("\(folder.path)/sessions is in use by "))
            #expect(message.contains(String(first.process?.pid ?? 0)))
        }
    }
}
