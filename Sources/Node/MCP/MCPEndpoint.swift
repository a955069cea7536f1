import Bytes
import HTTP
import MCP
import Raft
import StateMachine

/// `/mcp`: what a request over Streamable HTTP asks for. Pure: requests and answers are values.
struct MCPEndpoint {
    static let path = "/mcp"
    static let sessionHeader = "Mcp-Session-Id"
    private static let methods = "GET, POST, DELETE"

    /// What a request leads to.
    enum Call {
        /// Nothing is to be answered but that it came.
        case accepted
        /// A request that says itself what it speaks.
        case request(RPCRequest, ProtocolRevision, Work)
        /// `initialize`.
        case open(RPCRequest, Handshake, sessionLog: [UInt8]?)
        case session(MCPSessionID, SessionCall)
    }

    /// What a client asks in its MCP session. What they agreed on is not known yet: any node may have made the session.
    enum SessionCall {
        /// - Parameter sessionLog: that this request names.
        case message(RPCMessage, sessionLog: [UInt8]?)
        case batch([JSONValue], sessionLog: [UInt8]?)
        /// - Parameter after: the last event that the client has seen.
        case stream(after: EventPosition?)
        case end
    }

    let handler: RequestHandler

    init(version: String, maxValueSize: Int) {
        handler = RequestHandler(version: version, maxValueSize: maxValueSize)
    }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    func call(_ request: HTTPRequest) throws(Refused) -> Call {
        // An unknown version is told what is spoken here, as only a request without a handshake can be.
        let named = request.headers.first("mcp-protocol-version")
        let hasHandshake = named.map { ProtocolRevision(rawValue: $0)?.hasHandshake ?? false } ?? true
        guard hasHandshake || request.method == .post else {
            throw MCPEndpoint.refusal(of: request.method, named ?? "")
        }
        switch request.method {
        case .post: return try post(request, hasHandshake: hasHandshake)
        case .get:
            guard MCPEndpoint.accepts(request, "text/event-stream", "text/*") else {
                throw Refused(.notAcceptable, "not_acceptable", "this is a stream: Accept: text/event-stream")
            }
            return .session(try MCPEndpoint.session(request), .stream(after: try request.lastEventID()))
        case .delete: return .session(try MCPEndpoint.session(request), .end)
        default: throw .methodNotAllowed(MCPEndpoint.methods)
        }
    }

    /// A revision without a handshake has nothing but POST; what is no revision has not even that.
    private static func refusal(of method: HTTPMethod, _ version: String) -> Refused {
        guard ProtocolRevision(rawValue: version) == nil else { return .methodNotAllowed("POST") }
        return Refused(response(to: nil, .unsupportedVersion(version), nil))
    }

    private func post(_ request: HTTPRequest, hasHandshake: Bool) throws(Refused) -> Call {
        guard MCPEndpoint.accepts(request, "application/json", "application/*"),
            MCPEndpoint.accepts(request, "text/event-stream", "text/*")
        else {
            throw Refused(
                .notAcceptable, "not_acceptable",
                "a client of /mcp takes both: Accept: application/json, text/event-stream")
        }
        try request.requireJSON()
        do throws(RPCFailure) {
            let document = try RPCText.document(request.body)
            if hasHandshake, let messages = document.array { return try batch(messages, request) }
            switch try RPCMessage(document) {
            case .request(let call) where !hasHandshake || Envelope.isPresent(in: call):
                return try stateless(call, request)
            case .request(let call) where call.method == Handshake.method: return try open(call, request)
            case .notification where !hasHandshake: return .accepted
            case .response where !hasHandshake:
                throw RPCFailure(id: nil, .invalidRequest("this server asks nothing of clients"))
            case let message: return try inSession(message, request)
            }
        } catch {
            throw Refused(MCPEndpoint.response(to: error.id, error.error, hasHandshake ? nil : .july2026))
        }
    }

    private func stateless(_ call: RPCRequest, _ request: HTTPRequest) throws(RPCFailure) -> Call {
        try call.naming { () throws(RPCError) in
            let envelope = try Envelope(call) { request.headers.all($0) }
            let context = RequestHandler.Context(
                revision: envelope.revision, sessionLog: try request.sessionLog())
            return .request(call, envelope.revision, try handler.work(for: call, context))
        }
    }

    private func open(_ call: RPCRequest, _ request: HTTPRequest) throws(RPCFailure) -> Call {
        try call.naming { () throws(RPCError) in
            .open(call, try handler.handshake(call), sessionLog: try request.sessionLog())
        }
    }

    private func inSession(_ message: RPCMessage, _ request: HTTPRequest) throws(RPCFailure) -> Call {
        var id: RPCID?
        if case .request(let call) = message { id = call.id }
        do throws(RPCError) {
            let log = try request.sessionLog()
            return .session(try MCPEndpoint.sessionID(request), .message(message, sessionLog: log))
        } catch {
            throw RPCFailure(id: id, error)
        }
    }

    private func batch(_ messages: [JSONValue], _ request: HTTPRequest) throws(RPCFailure) -> Call {
        do throws(RPCError) {
            let log = try request.sessionLog()
            return .session(try MCPEndpoint.sessionID(request), .batch(messages, sessionLog: log))
        } catch {
            throw RPCFailure(id: nil, error)
        }
    }

    // MARK: Parts of a request

    private static func accepts(_ request: HTTPRequest, _ type: String, _ wildcard: String) -> Bool {
        request.headers.all("accept").flatMap { $0.split(separator: ",") }.map(\.mediaType)
            .contains { $0 == type || $0 == wildcard || $0 == "*/*" }
    }

    private static func session(_ request: HTTPRequest) throws(Refused) -> MCPSessionID {
        try refusing { () throws(RPCError) in try sessionID(request) }
    }

    /// - Throws: that it is missing, or cannot be one.
    private static func sessionID(_ request: HTTPRequest) throws(RPCError) -> MCPSessionID {
        let values = request.headers.all(sessionHeader.lowercased())
        guard let value = values.first, values.count == 1 else {
            throw .invalidRequest(
                "the header \(sessionHeader) must stand once: begin with initialize, and send what its answer has")
        }
        guard let id = MCPSessionID(name: value) else { throw .noSuchSession }
        return id
    }
}

extension RPCRequest {
    /// What `body` makes of it; its error belongs to this request.
    fileprivate func naming<Value>(_ body: () throws(RPCError) -> Value) throws(RPCFailure) -> Value {
        do throws(RPCError) {
            return try body()
        } catch {
            throw RPCFailure(id: id, error)
        }
    }
}

extension RandomID {
    /// Reads ``description``, and nothing that only spells the same.
    init?(name: String) {
        self.init(hex: name)
        guard description == name else { return nil }
    }
}
