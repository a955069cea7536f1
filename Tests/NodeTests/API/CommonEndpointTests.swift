import Bytes
import HTTP
import Raft
import StateMachine
import Testing

@testable import Node
@testable import Replica

/// Status, health and metrics, as both ports answer them.
@Suite struct CommonEndpointTests {
    private static let voter = [Member(number: 1, nodeID: "n1", address: "h1:1", instance: nil)]

    private func endpoints(
        isReady: Bool = true, reason: String = "", members: [Member] = CommonEndpointTests.voter,
        isRemoved: Bool = false, change: (inout NodeState) -> Void = { _ in }
    ) -> CommonEndpoints {
        let status = ReplicaStatus(
            nodeID: "n1", role: .follower, term: 7, leaderID: isReady ? "n2" : nil, commitIndex: 1, lastApplied: 1,
            lastLogIndex: 1, firstLogIndex: 1, clusterID: .none,
            configuration: Configuration(clusterID: .none, members: members), snapshotIndex: 0, isLearner: false,
            isRemoved: isRemoved, clientAddresses: [], faultTolerance: 0, isReady: isReady, reason: reason)
        var metrics = MetricsDocument()
        metrics.add("raftd_term", "gauge", "Current term.", 7)
        let document = metrics
        var state = NodeState(status: status, clientAddress: "h1:80")
        change(&state)
        let final = state
        return CommonEndpoints(state: { final }, metrics: { document })
    }

    private func response(_ line: String, isReady: Bool = true, reason: String = "") throws -> HTTPResponse? {
        try endpoints(isReady: isReady, reason: reason).response(to: try request(line))
    }

    @Test func statusIsTheDocumentOfTheReplica() throws {
        let response = try #require(try response("GET /raft/status"))
        #expect(response.status == .ok)
        #expect(try response.json().object?["node_id"] == "n1")
        #expect(try response.json().object?["client_addrs"] == ["n1": "h1:80"])
    }

    @Test func aLiveNodeSaysSoEvenWithoutALeader() throws {
        let response = try #require(try response("GET /livez", isReady: false))
        #expect(response.status == .ok)
        #expect(response.contentType == "text/plain; charset=utf-8")
        #expect(response.text == "ok\n")
    }

    @Test func readinessNamesTheLeaderOrTheReason() throws {
        let ready = try #require(try response("GET /readyz"))
        #expect(ready.status == .ok)
        #expect(ready.text == "leader: ok (n2)\nmembership: ok (voter)\ndisk: ok\ncompaction: ok\nreplica-hash: ok\n")
        let unready = try #require(try response("GET /readyz", isReady: false, reason: "no majority"))
        #expect(unready.status == .serviceUnavailable)
        #expect(unready.text == "leader: failed: no majority" + ready.text.dropFirst("leader: ok (n2)".count))
    }

    @Test(arguments: [
        (false, false, "ok (voter)"), (true, false, "ok (learner)"),
        (true, true, "failed: it has no vote yet and gets one when it has caught up with the leader"),
    ])
    func whoIsToGetAVoteIsReadyOnceItHasOne(isLearner: Bool, isToBePromoted: Bool, expected: String) throws {
        let member = Member(
            number: 1, nodeID: "n1", address: "h1:1", instance: nil, isLearner: isLearner,
            isToBePromoted: isToBePromoted)
        let answer = try #require(try endpoints(members: [member]).response(to: try request("GET /readyz")))
        #expect(answer.text.contains("membership: \(expected)\n"), "\(answer.text)")
        #expect(answer.status == (isToBePromoted ? .serviceUnavailable : .ok))
    }

    @Test func whoIsNoMemberIsNotReadyAndServesNoClients() throws {
        let stranger = try #require(try endpoints(members: []).response(to: try request("GET /readyz")))
        #expect(stranger.status == .serviceUnavailable)
        #expect(stranger.text.contains("membership: failed: no member of a cluster yet\n"))
        let removed = endpoints(isRemoved: true)
        let answer = try #require(try removed.response(to: try request("GET /readyz")))
        #expect(answer.text.contains("membership: failed: taken out\n"))
        let status = try #require(try removed.response(to: try request("GET /raft/status")))
        #expect(try status.json().object?["client_addrs"]?.object?.members == [])
    }

    @Test func eachCheckThatFailsMakesANodeUnready() throws {
        let troubles: [((inout NodeState) -> Void, String)] = [
            ({ $0.diskTrouble = "no space" }, "disk: failed: no space"),
            ({ $0.compactionTrouble = "no room" }, "compaction: failed: no room"),
            ({ $0.comparison.conviction = "it differs" }, "replica-hash: failed: it differs"),
            ({ $0.isStopping = true }, "leader: failed: shutting down"),
        ]
        for (trouble, failed) in troubles {
            let answer = try #require(try endpoints(change: trouble).response(to: try request("GET /readyz")))
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.text.split(separator: "\n").filter { $0.contains("failed") } == [failed[...]])
        }
    }

    @Test func aTieIsToldAndMakesNobodyUnready() throws {
        let tied = endpoints {
            $0.comparison.isMismatch = true
            $0.comparison.alarm = "they differ"
        }
        let answer = try #require(try tied.response(to: try request("GET /readyz")))
        #expect(answer.status == .ok && answer.text.hasSuffix("replica-hash: ok (they differ)\n"))
    }

    @Test func statusTellsWhatTheLastComparisonFound() throws {
        let convicted = endpoints {
            $0.comparison.index = 12
            $0.comparison.hash = StateHash(high: 1, low: 0xAB)
            $0.comparison.isMismatch = true
            $0.comparison.convicted = ["n3"]
        }
        let answer = try #require(try convicted.response(to: try request("GET /raft/status")))
        #expect(
            try answer.json().object?["replica_hash"] == [
                "index": 12, "hash": "000000000000000100000000000000ab", "mismatch": true, "convicted": ["n3"],
            ])
    }

    @Test func metricsAreOfThePrometheusType() throws {
        let response = try #require(try response("GET /metrics?x=1"))
        #expect(response.status == .ok)
        #expect(response.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(response.text.contains("\nraftd_term 7\n"))
    }

    @Test(arguments: ["/raft/status", "/livez", "/readyz", "/metrics"])
    func theyAreOnlyRead(path: String) throws {
        #expect(try response("HEAD \(path)") != nil)
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let refused = try refusal { _ = try response("\(method) \(path)") }
            #expect(refused.status == .methodNotAllowed)
            #expect(refused.values("Allow") == ["GET, HEAD"])
            #expect(try refused.errorCode() == "method_not_allowed")
        }
    }

    @Test(arguments: ["/", "/livez/", "/raft", "/raft/statusx", "/Metrics", "/v1/kv"])
    func anotherPathIsNotTheirs(path: String) throws {
        #expect(try response("GET \(path)") == nil)
        #expect(try response("POST \(path)") == nil)
    }
}
