import Foundation
import Glibc
import Testing

extension ProcessTests {
    /// Compacted logs, and what becomes of a cluster that lost its majority.
    @Suite struct Snapshots {
        /// Several segments after a few dozen writes.
        private static let flags = [
            "--max-value-size", "32KiB", "--segment-size", "128KiB", "--snapshot-entries", "20",
        ]

        private func fill(_ node: TestNode) throws {
            let value = String(repeating: "x", count: 16 << 10)
            for number in 0..<60 { #expect(try node.put("key\(number)", "\(number) \(value)").status == 201) }
        }

        @Test func aCompactedLogIsStartedFromItsSnapshot() throws {
            let cluster = try TestCluster.started(flags: Self.flags)
            defer { cluster.discard() }
            try fill(cluster.nodes[0])
            for node in cluster.nodes {
                try eventually("\(node.id) to compact its log") {
                    (node.status()?["snapshot_index"] as? Int ?? 0) > 0
                        && (node.status()?["first_log_index"] as? Int ?? 0) > 1
                }
            }
            for node in cluster.nodes { try node.kill() }
            try cluster.start()
            for node in cluster.nodes {
                #expect((node.status()?["snapshot_index"] as? Int ?? 0) > 0)
                for number in [0, 31, 59] { #expect(try node.get("key\(number)").body.hasPrefix("\(number) ")) }
            }
        }

        @Test func whoComesLaterGetsTheSnapshot() throws {
            let cluster = try TestCluster(count: 2, joins: true, flags: Self.flags)
            defer { cluster.discard() }
            let (first, second) = (cluster.nodes[0], cluster.nodes[1])
            try first.start()
            try cluster.waitReady()
            try fill(first)
            try eventually("the log to be compacted") { (first.status()?["first_log_index"] as? Int ?? 0) > 1 }
            try second.start()
            try cluster.waitReady()
            try cluster.waitForVoters(2)
            for number in [0, 31, 59] { #expect(try second.get("key\(number)").body.hasPrefix("\(number) ")) }
            #expect((second.status()?["first_log_index"] as? Int ?? 0) > 1)
            try second.kill()
            try second.start()
            try cluster.waitReady()
            #expect(try second.get("key0").body.hasPrefix("0 "))
        }

        @Test func oneSurvivorBecomesAClusterOfItsOwn() throws {
            let cluster = try TestCluster.started(flags: Self.flags)
            defer { cluster.discard() }
            try fill(cluster.nodes[0])
            try cluster.waitCaughtUp()
            let survivor = cluster.nodes[2]
            let old = try #require(survivor.status())
            let command = [
                Programs.raftd, "recover", "--force-single", "--node-id", survivor.id, "--session-db-path",
                survivor.folder,
            ]
            let busy = try ChildProcess(command + ["--yes"])
            #expect(try busy.waitForExit() == 1)
            #expect(busy.output.contains("is in use by process"))

            for node in cluster.nodes { try node.kill() }
            let format = try String(contentsOfFile: "\(survivor.dataDirectory)/FORMAT", encoding: .utf8)
            let told = try ChildProcess(command)
            #expect(try told.waitForExit() == 1)
            let (term, index) = (try #require(old["term"] as? Int), try #require(old["log_length"] as? Int))
            #expect(told.output.contains("last term \(term), last index \(index)"), "\(told.output)")
            #expect(told.output.contains("give --yes"))
            #expect(try String(contentsOfFile: "\(survivor.dataDirectory)/FORMAT", encoding: .utf8) == format)

            let done = try ChildProcess(command + ["--yes"])
            #expect(try done.waitForExit() == 0, "\(done.output)")
            #expect(FileManager.default.fileExists(atPath: "\(survivor.dataDirectory).before-recovery-1/FORMAT"))
            try survivor.start()
            try eventually("the survivor to lead") { survivor.isReady() }
            for number in [0, 31, 59] { #expect(try survivor.get("key\(number)").body.hasPrefix("\(number) ")) }
            let new = try #require(survivor.status())
            #expect(new["cluster_id"] as? String != old["cluster_id"] as? String)
            #expect((new["term"] as? Int ?? 0) > term)
            #expect((new["peers"] as? [String]) == [])
            let revision = try survivor.put("key0", "new").json["revision"] as? Int
            #expect((revision ?? 0) > index + 1_000_000)

            // The others still list it, but it is another cluster's now.
            try cluster.nodes[0].start()
            try cluster.nodes[1].start()
            try eventually("the others to have a leader of their own") { cluster.nodes[0].isReady() }
            #expect(try cluster.nodes[0].get("key0").body.hasPrefix("0 "))
            #expect(try survivor.get("key0").body == "new")
        }
    }
}
