import Bytes
import HTTP
import Raft
import Testing

@testable import Node
@testable import Replica

/// Status, health and metrics, as both ports answer them.
@Suite struct CommonEndpointTests {
    private func endpoints(isReady: Bool = true, reason: String = "") -> CommonEndpoints {
        let status = ReplicaStatus(
            nodeID: "n1", role: .follower, term: 7, leaderID: isReady ? "n2" : nil, commitIndex: 1, lastApplied: 1,
            lastLogIndex: 1, firstLogIndex: 1, clusterID: .none, configuration: .none, isLearner: false,
            faultTolerance: 0, isReady: isReady, reason: reason)
        var metrics = MetricsDocument()
        metrics.add("raftd_term", "gauge", "Current term.", 7)
        let document = metrics
        return CommonEndpoints(status: { status }, metrics: { document }, clientAddress: { "h1:80" })
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
        #expect(ready.text == "leader: ok (n2)\n")
        let unready = try #require(try response("GET /readyz", isReady: false, reason: "no majority"))
        #expect(unready.status == .serviceUnavailable)
        #expect(unready.text == "leader: failed: no majority\n")
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
