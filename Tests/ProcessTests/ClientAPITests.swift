import Foundation
import Testing

extension ProcessTests {
    /// `/v1/kv` as clients see it, on a node of its own: standalone mode serves the same API.
    @Suite struct ClientAPI {
        private func withNode(_ flags: [String] = [], _ body: (TestNode) throws -> Void) throws {
            let folder = try ScratchFolder()
            defer { folder.remove() }
            let port = try LoopbackPorts.free(1)[0]
            let node = TestNode(id: "node1", clusterPort: 0, clientPort: port, folder: folder.path, flags: flags)
            try node.start()
            defer { try? node.kill() }
            try eventually("the node to be ready") { node.isReady() }
            try body(node)
        }

        @Test func writesAndReads() throws {
            try withNode { node in
                let created = try node.put("a/b", "one")
                #expect(created.status == 201)
                let revision = try #require(try created.json["revision"] as? Int)
                #expect(created.headers["etag"] == "\"\(revision)\"")
                let replaced = try node.put("a%2Fb", "two")
                #expect(replaced.status == 200)

                let read = try node.get("a/b")
                #expect(read.status == 200)
                #expect(read.body == "two")
                #expect(read.headers["etag"] == replaced.headers["etag"])
                #expect(read.headers["content-type"] == "application/octet-stream")
                #expect(read.headers["x-content-type-options"] == "nosniff")

                let head = try node.ask("HEAD", "/v1/kv/a/b")
                #expect(head.status == 200)
                #expect(head.headers["content-length"] == "3")
                #expect(head.body.isEmpty)

                let deleted = try node.ask("DELETE", "/v1/kv/a/b")
                #expect(try deleted.json["deleted"] as? Bool == true)
                #expect(try node.ask("DELETE", "/v1/kv/a/b").json["deleted"] as? Bool == false)
                #expect(try node.get("a/b").status == 404)
            }
        }

        @Test func conditionsCompareRevisions() throws {
            try withNode { node in
                let tag = try #require(try node.put("key", "one").headers["etag"])
                let path = "/v1/kv/key"
                #expect(try node.ask("GET", path, headers: ["If-None-Match": tag]).status == 304)
                let exists = try node.ask("PUT", path, body: "x", headers: ["If-None-Match": "*"])
                #expect(exists.status == 412)
                #expect(exists.headers["etag"] == tag)
                #expect(exists.errorCode == "precondition_failed")
                #expect(try node.ask("PUT", "/v1/kv/new", body: "x", headers: ["If-None-Match": "*"]).status == 201)

                let changed = try node.ask("PUT", path, body: "two", headers: ["If-Match": tag])
                #expect(changed.status == 200)
                let stale = try node.ask("PUT", path, body: "three", headers: ["If-Match": tag])
                #expect(stale.status == 412)
                #expect(stale.headers["etag"] == changed.headers["etag"])
                #expect(try node.ask("DELETE", path, headers: ["If-Match": tag]).status == 412)
                #expect(try node.ask("PUT", "/v1/kv/absent", body: "x", headers: ["If-Match": "*"]).status == 412)
                #expect(try node.get("key").body == "two")
            }
        }

        @Test func listsAreSortedAndPaged() throws {
            try withNode { node in
                for key in ["p/3", "p/1", "q/1", "p/2"] { try node.put(key, "value of \(key)") }
                let first = try node.ask("GET", "/v1/kv?prefix=p/&limit=2").json
                #expect((first["entries"] as? [[String: Any]])?.map { $0["key"] as? String } == ["p/1", "p/2"])
                let next = try #require(first["next"] as? String)
                let escaped = next.replacing("/", with: "%2F")
                let last = try node.ask("GET", "/v1/kv?prefix=p/&limit=2&start_after=\(escaped)").json
                let entries = try #require(last["entries"] as? [[String: Any]])
                #expect(entries.map { $0["key"] as? String } == ["p/3"])
                #expect(entries[0]["value"] as? String == "value of p/3")
                #expect(last["next"] is NSNull)
            }
        }

        @Test func refusalsAreJSONWithACode() throws {
            try withNode(["--max-value-size", "1KiB"]) { node in
                let cases: [(method: String, target: String, headers: [String: String], status: Int)] = [
                    ("GET", "/v1/kv/absent", [:], 404), ("GET", "/nowhere", [:], 404), ("POST", "/v1/kv/key", [:], 405),
                    ("PUT", "/v1/kv", [:], 405), ("PUT", "/raft/status", [:], 405), ("GET", "/v1/kv/%zz", [:], 400),
                    ("GET", "/v1/kv/", [:], 400), ("GET", "/v1/kv/\(String(repeating: "k", count: 1025))", [:], 400),
                    ("GET", "/v1/kv?limit=0", [:], 400), ("GET", "/v1/kv/key?consistency=some", [:], 400),
                    ("PUT", "/v1/kv/key", ["If-Match": "unquoted"], 400),
                    ("PUT", "/v1/kv/key", ["If-Match": "\"1\""], 412),
                ]
                for (method, target, headers, status) in cases {
                    let reply = try node.ask(method, target, body: method == "GET" ? nil : "x", headers: headers)
                    #expect(reply.status == status, "\(method) \(target): \(reply.body)")
                    #expect(reply.headers["content-type"] == "application/json", "\(method) \(target)")
                    #expect(reply.errorCode != nil, "\(method) \(target): \(reply.body)")
                    #expect((reply.headers["allow"] != nil) == (status == 405), "\(method) \(target)")
                }
                #expect(try node.put("key", String(repeating: "v", count: 1024)).status == 201)
                let tooLarge = try node.put("key", String(repeating: "v", count: 1025))
                #expect(tooLarge.status == 413)
                #expect(tooLarge.errorCode != nil)
                #expect(try node.get("key").body.count == 1024)
            }
        }

        @Test func whatWasWrittenSurvivesRestarts() throws {
            try withNode { node in
                for number in 0..<50 { try node.put("key\(number)", "value \(number)") }
                #expect(try node.stop() == 0)
                try node.start()
                #expect(try node.get("key49").body == "value 49")
                try node.put("key50", "value 50")
                try node.kill()
                try node.start()
                for number in 0...50 { #expect(try node.get("key\(number)").body == "value \(number)") }
            }
        }
    }
}
