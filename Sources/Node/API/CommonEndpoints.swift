import HTTP
import Replica

/// What both ports answer: status, health, metrics. Reads the replica, changes nothing.
struct CommonEndpoints {
    let status: () -> ReplicaStatus
    let metrics: () -> MetricsDocument
    /// Where clients reach this node, if it has a client port.
    let clientAddress: () -> String?

    /// - Returns: nil for a path that is not common to both ports.
    /// - Throws: the refusal of a wrong method.
    func response(to request: HTTPRequest) throws(Refused) -> HTTPResponse? {
        guard let answer = answer(to: request) else { return nil }
        guard request.method == .get || request.method == .head else { throw .methodNotAllowed("GET, HEAD") }
        return answer()
    }

    private func answer(to request: HTTPRequest) -> (() -> HTTPResponse)? {
        if request.pathIs("/raft/status") {
            return { .json(.ok, StatusDocument.encode(status(), clientAddress: clientAddress())) }
        }
        if request.pathIs("/livez") { return { CommonEndpoints.plain(.ok, "ok\n") } }
        if request.pathIs("/readyz") { return { readiness(status()) } }
        if request.pathIs("/metrics") {
            return { HTTPResponse(.ok, contentType: MetricsDocument.contentType, body: metrics().bytes) }
        }
        return nil
    }

    /// One line a check.
    private func readiness(_ status: ReplicaStatus) -> HTTPResponse {
        status.isReady
            ? CommonEndpoints.plain(.ok, "leader: ok (\(status.leaderID ?? "?"))\n")
            : CommonEndpoints.plain(.serviceUnavailable, "leader: failed: \(status.reason)\n")
    }

    private static func plain(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
        HTTPResponse(status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}
