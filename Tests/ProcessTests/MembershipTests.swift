import Foundation
import Glibc
import Testing

extension ProcessTests {
    /// Nodes that come, go and hand leadership over.
    @Suite struct Membership {
        @Test func oneNodeGrowsToThreeAndShrinksAgain() throws {
            let cluster = try TestCluster.grown()
            defer { cluster.discard() }
            let (first, second, third) = (cluster.nodes[0], cluster.nodes[1], cluster.nodes[2])
            #expect(first.status()?["fault_tolerance"] as? Int == 1)
            #expect(try third.put("key", "value").status == 201)
            for node in cluster.nodes {
                #expect(try node.get("key").body == "value")
                try eventually("\(node.id) to know where clients reach the others") {
                    (node.status()?["client_addrs"] as? [String: String])?.count == 3
                }
            }

            #expect(try second.administer("leave", #"{"node_id":"node3"}"#).status == 200)
            try eventually("node3 to know that it is none any more") { third.status()?["removed"] as? Bool == true }
            #expect(try third.ask("GET", "/readyz").status == 503)
            let unknown = try second.administer("leave", #"{"node_id":"node3"}"#)
            #expect(unknown.status == 503 && unknown.errorCode == "unavailable")
            try third.kill()
            #expect(try second.administer("leave", #"{"node_id":"node2"}"#).status == 200)
            try second.kill()
            let last = try first.administer("leave", #"{"node_id":"node1"}"#)
            #expect(last.status == 409 && last.errorCode == "conflict")
            #expect(try first.get("key").body == "value")
            #expect(try first.put("key", "alone").status == 200)
        }

        @Test func aLearnerStaysOne() throws {
            let cluster = try TestCluster(count: 2, joins: true)
            defer { cluster.discard() }
            try cluster.nodes[0].start()
            cluster.nodes[1].flags.append("--join-as-learner")
            try cluster.nodes[1].start()
            try cluster.waitReady()
            try eventually("node2 to be listed") { cluster.nodes[0].status()?["learners"] as? [String] == ["node2"] }
            #expect(cluster.nodes[1].status()?["is_learner"] as? Bool == true)
            #expect(try cluster.nodes[1].put("key", "through a learner").status == 201)
            let refused = try cluster.nodes[0].administer("transfer", #"{"to":"node2"}"#)
            #expect(refused.status == 409)
        }

        @Test func anotherNodesIdOrAddressIsAConflict() throws {
            let cluster = try TestCluster.grown(count: 2)
            defer { cluster.discard() }
            let (first, second) = (cluster.nodes[0], cluster.nodes[1])
            let again = #"{"node_id":"node2","addr":"127.0.0.1:\#(second.clusterPort)"}"#
            #expect(try first.administer("join", again).status == 200)
            let taken = #"{"node_id":"node3","addr":"127.0.0.1:\#(second.clusterPort)"}"#
            #expect(try second.administer("join", taken).status == 409)
            #expect((first.status()?["peers"] as? [String])?.count == 1)
        }

        @Test func leadershipMovesWhereItIsAsked() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            let target = try cluster.followers()[0]
            let other = try #require(cluster.nodes.first { $0 !== target })
            let moved = try other.administer("transfer", #"{"to":"\#(target.id)"}"#)
            #expect(moved.status == 200, "\(moved.body)")
            #expect(try cluster.leader() === target)
            #expect(try other.administer("transfer", #"{"to":"node9"}"#).status == 409)
        }

        @Test func aLeaderThatIsStoppedHandsOver() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            let leader = try cluster.leader()
            try leader.put("key", "value")
            let process = try #require(leader.process)
            #expect(try leader.stop() == 0)
            #expect(process.output.contains("stops, and hands leadership to node"))
            let next = try cluster.leader()
            #expect(try next.get("key").body == "value")
        }

        /// A refused port tells that a leader is dead: nobody waits for an election time-out.
        @Test func aKilledLeadersPortTellsThatItIsGone() throws {
            let cluster = try TestCluster.started()
            defer { cluster.discard() }
            let leader = try cluster.leader()
            try leader.kill()
            let news = "the leader \(leader.id) is gone: its port refuses connections"
            // Whoever notices first may be elected before the other one has noticed anything.
            try eventually("a survivor says that \(news)") {
                cluster.running.contains { node in
                    // discarded: this one has not noticed yet
                    (try? node.process?.waitForOutput(news, seconds: 0.1)) != nil
                }
            }
            #expect(try cluster.running[0].put("key", "value").status == 201)
        }
    }
}
