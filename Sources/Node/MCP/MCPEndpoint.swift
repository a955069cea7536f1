import Bytes
import HTTP
import MCP
import Replica
import StateMachine

/// `/mcp`: what a request over Streamable HTTP asks for, and how its answer looks. Pure: requests and answers are values.
struct MCPEndpoint {
    static let path = "/mcp"

    /// What a POST leads to.
    enum Call {
        /// Nothing is to be answered but that it came.
        case accepted
        case request(RPCRequest, ProtocolRevision, Work)
    }

    private let handler: RequestHandler

    init(version: String, maxValueSize: Int) {
        handler = RequestHandler(version: version, maxValueSize: maxValueSize)
    }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    func call(_ request: HTTPRequest) throws(Refused) -> Call {
        guard request.method == .post else { throw .methodNotAllowed("POST") }
        try MCPEndpoint.checkAccept(request)
        try request.requireJSON()
        let message: RPCMessage
        do throws(RPCFailure) {
            message = try RPCMessage(try MCPEndpoint.document(request.body))
        } catch {
            throw Refused(MCPEndpoint.response(to: error.id, error.error, nil))
        }
        switch message {
        case .notification: return .accepted
        case .response:
            throw Refused(MCPEndpoint.response(to: nil, .invalidRequest("this server asks nothing of clients"), nil))
        case .request(let call):
            do throws(RPCError) {
                try MCPEndpoint.refuseHandshake(call)
                let envelope = try Envelope(call) { request.headers.all($0) }
                let context = RequestHandler.Context(
                    revision: envelope.revision, sessionLog: try MCPEndpoint.sessionLog(request))
                return .request(call, envelope.revision, try handler.work(for: call, context))
            } catch {
                throw Refused(MCPEndpoint.response(to: call.id, error, .july2026))
            }
        }
    }

    /// Who opens with a handshake is told what is spoken here, not what his request lacks.
    private static func refuseHandshake(_ request: RPCRequest) throws(RPCError) {
        guard request.method == "initialize", !Envelope.isPresent(in: request) else { return }
        throw .unsupportedVersion(request.params["protocolVersion"]?.string ?? "")
    }

    /// - Throws: 406 unless the client takes both forms of an answer.
    private static func checkAccept(_ request: HTTPRequest) throws(Refused) {
        let accepted = request.headers.all("accept").flatMap { $0.split(separator: ",") }.map(\.mediaType)
        for (type, wildcard) in [("application/json", "application/*"), ("text/event-stream", "text/*")] {
            guard accepted.contains(where: { $0 == type || $0 == wildcard || $0 == "*/*" }) else {
                throw Refused(
                    .notAcceptable, "not_acceptable",
                    "a client of /mcp takes both: Accept: application/json, text/event-stream")
            }
        }
    }

    private static func document(_ body: [UInt8]) throws(RPCFailure) -> JSONValue {
        do {
            return try JSONParser.parse(body)
        } catch {
            throw RPCFailure(id: nil, .parseError("\(error)"))
        }
    }

    /// `X-MCP-Session-Id`: the session log of this request.
    private static func sessionLog(_ request: HTTPRequest) throws(RPCError) -> [UInt8]? {
        let values = request.headers.all("x-mcp-session-id")
        guard let value = values.first else { return nil }
        guard values.count == 1, let text = HeaderText.decoded(value) else {
            throw .headerMismatch("X-MCP-Session-Id stands more than once, or is not well encoded")
        }
        let name = Array(text.utf8)
        do {
            try Name.validate(name)
        } catch {
            throw .headerMismatch("X-MCP-Session-Id \(error)")
        }
        return name
    }

    // MARK: Answers

    static func response(to request: RPCRequest, _ reply: Reply, _ revision: ProtocolRevision) -> HTTPResponse {
        switch reply {
        case .result(let result): .json(.ok, RPCText.response(request.id, result: result))
        case .error(let error): response(to: request.id, error, revision)
        }
    }

    /// - Parameter revision: `nil` when it could not be told.
    static func response(to id: RPCID?, _ error: RPCError, _ revision: ProtocolRevision?) -> HTTPResponse {
        .json(HTTPStatus(UInt16(error.httpStatus(revision))), RPCText.failure(id, error))
    }

    /// The answer of the cluster, as what was asked for.
    static func response(to request: RPCRequest, _ answer: Answer, _ work: Work, _ revision: ProtocolRevision)
        -> HTTPResponse
    {
        switch (work, answer) {
        case (.read(_, let then), .session(let found)): response(to: request, then(.session(found)), revision)
        case (.read(_, let then), .heap(let found)): response(to: request, then(.heap(found)), revision)
        case (.write(_, _, let then), .outcome(let outcome)):
            response(to: request, then(.outcome(outcome)), revision)
        case (.write(_, _, let then), .outcomeUnknown(let reason)):
            response(to: request, then(.unknown(reason: reason)), revision)
        default: refusal(of: request, answer)
        }
    }

    /// What did not happen for want of a leader, or of room.
    private static func refusal(of request: RPCRequest, _ answer: Answer) -> HTTPResponse {
        func refuse(_ status: HTTPStatus, _ code: String, _ reason: String) -> HTTPResponse {
            .json(status, RPCText.failure(request.id, .unavailable(reason, code: code)))
        }
        switch answer {
        case .unavailable(let reason), .outcomeUnknown(let reason):
            return refuse(.serviceUnavailable, "unavailable", reason)
        case .overloaded(let reason): return refuse(.serviceUnavailable, "overloaded", reason)
        case .noSpace(let reason): return refuse(.insufficientStorage, "no_space", reason)
        case .quotaExceeded(let reason): return refuse(.insufficientStorage, "quota_exceeded", reason)
        case .outcome, .value, .page, .session, .heap, .revision, .snapshot:
            return response(to: request.id, .unrelatedAnswer, nil)
        }
    }
}

extension Work {
    /// What to ask the replica; `nil` when it is not needed.
    var question: ClientRequest.Body? {
        switch self {
        case .answer: nil
        case .read(.session(let query), _): .read(.session(query), .linearizable)
        case .read(.heap(let query), _): .read(.heap(query), .linearizable)
        case .write(let operation, let key, _): .write(operation, key: key)
        // A stream tells of what comes after all that was acknowledged when it was asked for.
        case .listen: .read(.revision, .linearizable)
        }
    }
}
