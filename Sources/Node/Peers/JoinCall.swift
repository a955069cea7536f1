import Bytes
import Documents
import HTTP
import Raft
import Reactor
import Replica
import Transport

/// `POST /raft/join` at another node, as an operator would send it.
struct JoinCall {
    /// Above what a node takes to find a leader and to have the change committed.
    static let timeoutMilliseconds: UInt64 = 15_000

    let nodeID: String
    let address: String
    let asLearner: Bool

    var request: HTTPRequestMessage {
        var json = JSONWriter()
        json.beginObject()
        json.pair("node_id", nodeID)
        json.pair("addr", address)
        if asLearner { json.pair("as_learner", true) }
        json.endObject()
        return HTTPRequestMessage(
            .post, AdminEndpoint.Path.join.rawValue, headers: [HTTPHeader("Content-Type", "application/json")],
            body: json.bytes)
    }

    /// What an answer means. 400 and 409 stay what they are until somebody mends what they tell.
    static func answer(from result: Result<HTTPResponseMessage, HTTPClientError>) -> JoinAnswer {
        switch result {
        case .failure(let error): return .unreachable(reason: error.description)
        case .success(let response):
            if response.status == .ok { return .accepted }
            let isFinal = response.status == .badRequest || response.status == .conflict
            return .refused(message: message(of: response), isFinal: isFinal)
        }
    }

    private static func message(of response: HTTPResponseMessage) -> String {
        do throws(JSONParser.Failure) {
            if let message = try JSONParser.parse(response.body).object?["error"]?.string { return message }
        } catch {
            // Whatever listens there is no raftd; its status tells the operator that.
        }
        return "it answered \(response.status.code)"
    }
}
