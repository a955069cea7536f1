import Bytes
import HTTP
import MCP
import Raft

/// A message to `/message`, which any node takes and the one that holds the session's stream answers.
struct RelayedMessage: Sendable {
    /// Where nodes pass it on, on the cluster port.
    static let path = "/raft/message"
    static let parameter = "sessionId"

    static let unknownSession = Refused(
        .notFound, "session_not_found", "there is no such session, or its stream has ended: begin anew with GET /sse")

    /// The name of a session: who holds its stream, and 128 random bits.
    struct Session: Sendable, Equatable, CustomStringConvertible {
        let holder: InstanceID
        let id: RandomID

        var description: String { "\(holder)\(id)" }
    }

    let session: Session
    let body: [UInt8]
    /// `X-MCP-Session-Id`.
    let sessionLog: [UInt8]?

    /// - Throws: 400 or 404 for a session that is none.
    init(_ request: HTTPRequest) throws(Refused) {
        // Clients may say it as they like; the address that they were given says it so.
        let parameters = try request.parameters()
        guard let value = parameters.first(RelayedMessage.parameter) else {
            throw .badRequest(
                "missing_session",
                "the query must have `\(RelayedMessage.parameter)`: POST to the address that the event `endpoint` of GET /sse tells"
            )
        }
        let text = String(decoding: value, as: UTF8.self)
        guard text.utf8.count == 64, let holder = RandomID(name: String(text.prefix(32))),
            let id = RandomID(name: String(text.suffix(32)))
        else { throw RelayedMessage.unknownSession }
        session = Session(holder: holder, id: id)
        body = request.body
        sessionLog = try MCPEndpoint.refusing { () throws(RPCError) in try request.sessionLog() }
    }

    /// As one node sends it to another.
    var message: HTTPRequestMessage {
        var headers = [HTTPHeader("Content-Type", "application/json")]
        if let sessionLog {
            headers.append(HTTPHeader("X-MCP-Session-Id", "=?base64?\(Base64.encode(sessionLog))?="))
        }
        return HTTPRequestMessage(
            .post, "\(RelayedMessage.path)?\(RelayedMessage.parameter)=\(session)", headers: headers, body: body)
    }
}
