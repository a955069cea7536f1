import Foundation
import Glibc
import Testing

extension ProcessTests {
    /// Three nodes that elect, replicate and forward.
    @Suite struct Clusters {
        @Test func anyNodeTakesAnyRequest() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            for (number, node) in cluster.nodes.enumerated() {
                #expect(try node.put("key\(number)", "through \(node.id)").status == 201)
            }
            for node in cluster.nodes {
                for (number, writer) in cluster.nodes.enumerated() {
                    #expect(try node.get("key\(number)").body == "through \(writer.id)")
                }
            }
            try cluster.waitCaughtUp()
            let statuses = try cluster.nodes.map { try #require($0.status()) }
            #expect(statuses.count { $0["role"] as? String == "Leader" } == 1)
            #expect(Set(statuses.map { $0["cluster_id"] as? String }).count == 1)
            #expect(statuses.allSatisfy { ($0["peers"] as? [String])?.count == 2 })
            for node in cluster.nodes { #expect(try node.get("key0", stale: true).body == "through node1") }
        }

        @Test func namelessPeersLearnEachOther() throws {
            let cluster = try TestCluster.started(named: false)
            defer { cluster.discard() }
            try cluster.nodes[0].put("key", "value")
            for node in cluster.nodes {
                try eventually("\(node.id) to know all names") {
                    (node.status()?["peer_addrs"] as? [String: String])?.keys.sorted() == ["node1", "node2", "node3"]
                }
            }
            try cluster.leader().kill()
            #expect(try cluster.running[0].get("key").body == "value")
        }

        @Test func aKilledLeaderLosesNothing() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            let old = try cluster.leader()
            for number in 0..<100 { #expect(try old.put("key\(number)", "value \(number)").status == 201) }
            try old.kill()
            let survivor = cluster.running[0]
            #expect(try survivor.put("after", "the kill").status == 201)
            for number in 0..<100 { #expect(try survivor.get("key\(number)").body == "value \(number)") }

            try old.start()
            try cluster.waitReady()
            try cluster.waitCaughtUp()
            #expect(try old.get("after", stale: true).body == "the kill")
            #expect(try old.get("key99", stale: true).body == "value 99")
        }

        @Test func twoOfThreeWorkAndTheThirdBindsWhenItComes() throws {
            let cluster = try TestCluster()
            defer { cluster.discard() }
            try cluster.nodes[0].start()
            try cluster.nodes[1].start()
            try cluster.waitReady()
            #expect(try cluster.nodes[1].put("key", "value").status == 201)
            try cluster.nodes[2].start()
            try cluster.waitReady()
            #expect(try cluster.nodes[2].get("key").body == "value")
            // It counts: with one of the first two gone it is needed.
            try cluster.nodes[0].kill()
            #expect(try cluster.nodes[2].put("key", "again").status == 200)
        }

        @Test func aWipedNodeIsToldTheCure() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            try cluster.nodes[0].put("key", "value")
            let wiped = try cluster.followers()[0]
            try wiped.kill()
            try FileManager.default.removeItem(atPath: wiped.dataDirectory)
            let process = try wiped.launch()
            #expect(try process.waitForExit() == 1)
            #expect(
                process.output.contains("knows \(wiped.id) with another data directory: this one was wiped or replaced")
            )
            #expect(process.output.contains("raftctl leave \(wiped.id)"))
        }

        @Test func withoutAQuorumWritesSaySo() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            try cluster.nodes[0].put("key", "old")
            let leader = try cluster.leader()
            let others = try cluster.followers()
            for other in others { other.process?.signal(SIGSTOP) }
            // It still thinks that it leads: what it appends now may yet be committed.
            let appended = try leader.put("key", "unknown")
            #expect(appended.status == 504)
            #expect(appended.errorCode == "outcome_unknown")

            try eventually("the leader to step down") { leader.status()?["role"] as? String != "Leader" }
            let refused = try leader.put("key", "refused")
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] != nil)
            for other in others { #expect(refused.body.contains(other.id), "\(refused.body)") }
            #expect(try leader.get("key").status == 503)
            #expect(try leader.get("key", stale: true).body == "old")
            #expect(try leader.ask("GET", "/readyz").status == 503)
            #expect(try leader.ask("GET", "/livez").status == 200)

            for other in others { other.process?.signal(SIGCONT) }
            try cluster.waitReady()
            #expect(try leader.put("key", "new").status == 200)
            #expect(try others[0].get("key").body == "new")
        }

        @Test func sigtermEndsWithZero() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            try cluster.nodes[0].put("key", "value")
            for node in cluster.nodes { #expect(try node.stop() == 0) }
            try cluster.start()
            #expect(try cluster.nodes[2].get("key").body == "value")
        }

        @Test func raftctlShowsEveryMember() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            let endpoint = "127.0.0.1:\(cluster.nodes[1].clusterPort)"
            let table = try ChildProcess([Programs.raftctl, "status", "--endpoints", endpoint])
            #expect(try table.waitForExit() == 0)
            for node in cluster.nodes { #expect(table.output.contains("\n\(node.id) ")) }
            let bench = try ChildProcess([
                Programs.raftctl, "bench", "--endpoints", endpoint, "--count", "500", "--connections", "8",
            ])
            #expect(try bench.waitForExit() == 0, "\(bench.output)")
            let verdict = bench.output.split(whereSeparator: \.isNewline).last {
                $0.contains("every acknowledged write is on ")
            }
            let checked = try #require(verdict)
            for node in cluster.nodes { #expect(checked.contains(node.id)) }
        }
    }
}
