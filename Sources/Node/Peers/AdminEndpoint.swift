import Bytes
import HTTP
import Raft

/// What operators ask of the cluster port: JSON in, JSON out. Holds no state.
enum AdminEndpoint {
    enum Path: String, CaseIterable {
        case join = "/raft/join"
        case leave = "/raft/leave"
        case transfer = "/raft/transfer"
    }

    /// More than any request needs.
    static let maximumBodySize = 16 << 10

    /// The endpoint that a request is for, if any.
    static func path(of request: HTTPRequest) -> Path? {
        Path.allCases.first { request.pathIs($0.rawValue) }
    }

    /// What a request asks for.
    /// - Throws: 405, 415, or 400 that names the field.
    static func decode(_ request: HTTPRequest, at path: Path) throws(Refused) -> AdminRequest {
        guard request.method == .post else { throw .methodNotAllowed("POST") }
        try request.requireJSON()
        var fields = try Fields(request.body)
        let asked: AdminRequest
        switch path {
        case .join:
            asked = .join(
                nodeID: try fields.nodeID("node_id"), address: try fields.address("addr"),
                asLearner: try fields.flag("as_learner"))
        case .leave: asked = .leave(nodeID: try fields.member("node_id"))
        case .transfer: asked = .transfer(to: try fields.nodeID("to"))
        }
        try fields.requireNoOther()
        return asked
    }

    static func response(to answer: AdminResponse) -> HTTPResponse {
        switch answer {
        case .done: return .json(.ok, Array(#"{"ok":true}"#.utf8))
        case .refused(let refusal):
            let message = refusal.message
            switch refusal.code {
            case .unavailable, .notLeader:
                return .error(.serviceUnavailable, code: "unavailable", message: message, retryAfterSeconds: 1)
            case .conflict: return .error(.conflict, code: "conflict", message: message)
            case .invalid: return .error(.badRequest, code: "invalid_request", message: message)
            case .timeout: return .error(.gatewayTimeout, code: "outcome_unknown", message: message)
            }
        }
    }
}

/// The members of a request's object, each of which must be asked for: a misspelt one would be ignored otherwise.
private struct Fields {
    private var rest: JSONObject

    init(_ body: [UInt8]) throws(Refused) {
        let value: JSONValue
        do throws(JSONParser.Failure) {
            value = try JSONParser.parse(body)
        } catch {
            throw .badRequest("invalid_json", "the body is not JSON: \(error)")
        }
        guard let object = value.object else { throw .badRequest("invalid_json", "the body is not a JSON object") }
        rest = object
    }

    mutating func nodeID(_ name: String) throws(Refused) -> String {
        let text = try text(name)
        guard NodeName.isValid(text) else { throw Fields.wrong(name, "is not a node id: give \(NodeName.rule)") }
        return text
    }

    /// A node id; or the address of a founder that was listed without an id and was never met, which has no other name.
    mutating func member(_ name: String) throws(Refused) -> String {
        let text = try text(name)
        if let address = HostPort(text) { return address.description }
        guard NodeName.isValid(text) else {
            throw Fields.wrong(name, "is neither a node id nor an address: give \(NodeName.rule), or host:port")
        }
        return text
    }

    mutating func address(_ name: String) throws(Refused) -> String {
        guard let address = HostPort(try text(name)) else {
            throw Fields.wrong(name, "is not an address: give host:port, such as node2:4000")
        }
        return address.description
    }

    mutating func flag(_ name: String) throws(Refused) -> Bool {
        guard let value = take(name), !value.isNull else { return false }
        guard let flag = value.bool else { throw Fields.wrong(name, "is neither true nor false") }
        return flag
    }

    func requireNoOther() throws(Refused) {
        guard let other = rest.members.first else { return }
        throw .badRequest("invalid_field", "the field \(Printable.text(other.key)) is unknown here")
    }

    private mutating func text(_ name: String) throws(Refused) -> String {
        guard let value = take(name) else { throw Fields.wrong(name, "is missing") }
        guard let text = value.string else { throw Fields.wrong(name, "is not a string") }
        return text
    }

    private mutating func take(_ name: String) -> JSONValue? {
        defer { rest[name] = nil }
        return rest[name]
    }

    private static func wrong(_ name: String, _ reason: String) -> Refused {
        .badRequest("invalid_field", "the field \(name) \(reason)")
    }
}
