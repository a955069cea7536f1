import Bytes
import HTTP
import Raft
import Replica
import StateMachine
import Testing
import Transport

@testable import Node

/// Watches, backups and transactions through real sockets.
@Suite(.serialized) struct ClientPortTests {
    private let lastID = { (id: String) in [HTTPHeader("Last-Event-ID", id)] }

    @Test func aWatchFromNowSaysFromWhereAndThenEveryChange() throws {
        let world = try PortWorld()
        world.put("a/0")
        let watch = world.get("/v1/watch?prefix=a/")
        world.when({ watch.text.contains("id: 1.") }) {
            world.put("a/1")
            world.put("b")
            world.state.perform(.delete(key: Array("a/1".utf8), condition: .none))
            world.put("a/2")
        }
        world.when({ watch.changes.count == 3 }) {}
        try world.run()
        #expect(watch.status == 200 && watch.head?.headers.first("content-type") == "text/event-stream")
        #expect(
            watch.text.hasPrefix("event: progress\nid: 1.4294967295\ndata: {\"revision\":1}\n\nevent: put\nid: 2.0\n"))
        #expect(watch.changes == ["2.0", "4.0", "5.0"])
    }

    @Test func aWatchFromThePastGoesOnIntoThePresentAndSoDoesOneFromTheFuture() throws {
        let world = try PortWorld()
        for number in 0..<1000 { world.put("\(number)") }
        let past = world.get("/v1/watch?from_revision=501")
        let resumed = world.get("/v1/watch?from_revision=1", lastID("999.0"))
        let future = world.get("/v1/watch?from_revision=1003")
        world.when({ past.changes.count == 500 && future.status == 200 && resumed.status == 200 }) {
            for number in 0..<5 { world.put("\(number)") }
        }
        world.when({ past.changes.count == 505 && resumed.changes.count == 6 && future.changes.count == 3 }) {}
        try world.run()
        #expect(past.changes == (501...1005).map { "\($0).0" })
        #expect(resumed.changes == (1000...1005).map { "\($0).0" })
        #expect(future.changes == (1003...1005).map { "\($0).0" })
    }

    @Test func aWatchBelowTheFloorIsGoneAndTheOneThatFallsBelowItEnds() throws {
        let world = try PortWorld()
        world.put("a")
        let value = [UInt8](repeating: 0x61, count: 1 << 20)
        let slow = world.get("/v1/watch?from_revision=1")
        var late: Reply?
        world.when({ !slow.changes.isEmpty }) {
            slow.client.pauseReading()
            // The history holds 64 MiB.
            for _ in 0..<80 { world.put("a", value) }
            late = world.get("/v1/watch?from_revision=1")
        }
        world.when({ late?.isWhole == true }) { slow.client.resumeReading() }
        world.when({ slow.isWhole }) {}
        try world.run()
        let answer = try JSONParser.parse(try #require(late).body).object
        #expect(late?.status == 410 && answer?["code"] == "below_floor" && answer?["revision"] == 81)
        let floor = try #require(answer?["floor"]?.uint64)
        #expect((10...30).contains(floor))
        // Everything up to some revision without a gap, then the reason.
        let changes = slow.changes
        #expect(changes == (1...UInt64(changes.count)).map { "\($0).0" } && changes.count < floor)
        #expect(slow.text.contains("event: error\ndata: {\"error\":"))
        #expect(slow.text.hasSuffix("\"code\":\"below_floor\",\"floor\":\(floor),\"revision\":81}\n\n"))
    }

    @Test func whoseStateIsWrongShowsNobodyItsChanges() throws {
        let world = try PortWorld()
        world.put("a")
        let open = world.get("/v1/watch?from_revision=1")
        var late: Reply?
        world.when({ open.changes == ["1.0"] }) {
            world.conviction = "the state differs"
            world.put("b")
            late = world.get("/v1/watch?from_revision=1")
        }
        world.when({ open.isWhole && late?.isWhole == true }) {}
        try world.run()
        #expect(open.changes == ["1.0"])
        #expect(
            open.text.hasSuffix("event: error\ndata: {\"error\":\"the state differs\",\"code\":\"unavailable\"}\n\n"))
        let answer = try JSONParser.parse(try #require(late).body).object
        #expect(late?.status == 503 && answer?["code"] == "unavailable" && answer?["error"] == "the state differs")
    }

    @Test func whoMissesTheLeaderIsToldSoBeforeTheStreamBegins() throws {
        let world = try PortWorld()
        world.answer = .unavailable(reason: "no leader")
        let replies = ["/v1/watch", "/v1/backup"].map { world.get($0) }
        world.when({ replies.allSatisfy(\.isWhole) }) {}
        try world.run()
        for reply in replies {
            #expect(reply.status == 503 && reply.head?.headers.first("retry-after") == "1")
            #expect(try JSONParser.parse(reply.body).object?["code"] == "unavailable")
        }
    }

    @Test func anIdleWatchTellsHowFarItIs() throws {
        var times = StreamTimes()
        times.watchIdle = 30
        let world = try PortWorld(times: times)
        let watch = world.get("/v1/watch?prefix=a&from_revision=1")
        let future = world.get("/v1/watch?from_revision=100")
        world.when({ watch.text.contains("\"revision\":0}") && future.text.contains("\"revision\":0}") }) {
            world.put("b")
        }
        world.when({ watch.text.contains("\"revision\":1}") && future.text.contains("\"revision\":1}") }) {}
        try world.run()
        #expect(watch.text.contains("event: progress\nid: 1.4294967295\ndata: {\"revision\":1}\n\n"))
        #expect(future.text.contains("event: progress\ndata: {\"revision\":1}\n\n") && eventIDs(future.body) == [])
        #expect(watch.changes == [])
    }

    @Test func halfOfTheConnectionsMayWatch() throws {
        let world = try PortWorld(connections: 4)
        let watches = (0..<2).map { _ in world.get("/v1/watch?from_revision=1") }
        var refused: [Reply] = []
        var next: Reply?
        world.when({ watches.allSatisfy { $0.status == 200 } }) {
            #expect(world.port?.openWatches == 2)
            refused = [world.get("/v1/watch"), world.get("/v1/watch?from_revision=1")]
        }
        world.when({ refused.allSatisfy(\.isWhole) }) { for reply in refused + [watches[0]] { reply.client.close() } }
        world.when({
            // The node notices at the next word to it.
            world.put("a")
            return world.port?.openWatches == 1
        }) { next = world.get("/v1/watch?from_revision=1") }
        world.when({ next?.status == 200 }) {}
        try world.run()
        for reply in refused {
            #expect(reply.status == 503)
            #expect(try JSONParser.parse(reply.body).object?["code"] == "overloaded")
        }
    }

    @Test func aNodeThatStopsSendsItsWatchersToAnotherOne() throws {
        let world = try PortWorld()
        let watch = world.get("/v1/watch?from_revision=1")
        world.put("a")
        world.when({ !watch.changes.isEmpty }) {}
        try world.run()
        #expect(watch.isWhole && watch.text.hasSuffix("\n\nretry: 100\n: the server stops\n\n"))
    }

    @Test func theHeadOfAStreamIsThatOfItsGet() throws {
        let world = try PortWorld()
        let replies = ["/v1/watch", "/v1/watch?from_revision=1", "/v1/backup"].map { world.get($0, [], .head) }
        world.when({ replies.allSatisfy(\.isWhole) }) { #expect(world.port?.openWatches == 0) }
        try world.run()
        #expect(replies.map(\.status) == [200, 200, 200] && replies.allSatisfy { $0.body.isEmpty })
        #expect(replies[2].head?.headers.first("content-type") == "application/octet-stream")
    }

    @Test func aBackupIsTheStateOfOneMoment() throws {
        let world = try PortWorld()
        for number in 0..<100 { world.put("\(number)", [UInt8](repeating: UInt8(number), count: 100_000)) }
        var encoder = SnapshotEncoder(world.state.view())
        var expected: [UInt8] = []
        while let frame = encoder.next() { expected += frame }
        let backup = world.get("/v1/backup")
        world.when({ !backup.body.isEmpty }) { for number in 0..<100 { world.put("\(number)", [1]) } }
        world.when({ backup.isWhole }) {}
        try world.run()
        #expect(backup.status == 200 && backup.body == expected)
        #expect(backup.head?.headers.first("content-disposition") == "attachment; filename=\"raftd-100.backup\"")
    }

    @Test func aTransactionIsPosted() throws {
        let world = try PortWorld(maxValueSize: 1024)
        let json = [HTTPHeader("Content-Type", "application/json")]
        let body =
            #"{"compare":[{"key":"a","exists":false}],"then":[{"put":{"key":"a","value":"1"}},{"get":{"key":"b"}}]}"#
        let done = world.get("/v1/txn", json, .post, body: Array(body.utf8))
        let large = world.get("/v1/txn", json, .post, body: [UInt8](repeating: 0x20, count: 1 << 20))
        world.when({ done.isWhole && large.isWhole }) {}
        try world.run()
        #expect(done.text == #"{"succeeded":true,"revision":1,"results":[{"put":{"created":true}},{"get":null}]}"#)
        #expect(large.status == 413)
    }
}
