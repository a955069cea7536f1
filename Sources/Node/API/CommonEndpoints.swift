import HTTP
import Replica

/// What both ports answer: status, health, metrics. Reads the replica, changes nothing.
struct CommonEndpoints {
    let state: () -> NodeState
    let metrics: () -> MetricsDocument

    /// - Returns: nil for a path that is not common to both ports.
    /// - Throws: the refusal of a wrong method.
    func response(to request: HTTPRequest) throws(Refused) -> HTTPResponse? {
        guard let answer = answer(to: request) else { return nil }
        guard request.method == .get || request.method == .head else { throw .methodNotAllowed("GET, HEAD") }
        return answer()
    }

    private func answer(to request: HTTPRequest) -> (() -> HTTPResponse)? {
        if request.pathIs("/raft/status") {
            return { .json(.ok, StatusDocument.encode(state())) }
        }
        if request.pathIs("/livez") { return { CommonEndpoints.plain(.ok, "ok\n") } }
        if request.pathIs("/readyz") { return { CommonEndpoints.readiness(state().checks) } }
        if request.pathIs("/metrics") {
            return { HTTPResponse(.ok, contentType: MetricsDocument.contentType, body: metrics().bytes) }
        }
        return nil
    }

    /// One line a check.
    private static func readiness(_ checks: [NodeState.Check]) -> HTTPResponse {
        let isReady = checks.allSatisfy { $0.failure == nil }
        let lines = checks.map { check in
            let note = check.note.map { " (\($0))" } ?? ""
            return "\(check.name): \(check.failure.map { "failed: \($0)" } ?? "ok\(note)")\n"
        }
        return plain(isReady ? .ok : .serviceUnavailable, lines.joined())
    }

    private static func plain(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
        HTTPResponse(status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}
