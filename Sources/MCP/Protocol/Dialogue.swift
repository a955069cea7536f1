import Bytes

/// One client on a connection of its own (stdio, HTTP+SSE): what each of its messages leads to. Pure.
///
/// Both kinds of revisions may be spoken on one connection: a request with an envelope says itself what it speaks, all others speak what
/// `initialize` agreed on.
package struct Dialogue: Sendable {
    /// A request to be carried out.
    package struct Call: Sendable {
        package let request: RPCRequest
        package let work: Work
    }

    package enum Step: Sendable {
        /// A message for the client.
        case send([UInt8])
        case perform(Call)
        case performAll(RPCBatch)
        /// The client wants no answer to this request any more.
        case cancel(RPCID)
        /// From now on the client is told of changes.
        case beginNotifying
    }

    private let handler: RequestHandler
    private var sessionLog: [UInt8]?
    private let ownLog: [UInt8]
    private let pageBytes: Int
    /// What `initialize` agreed on.
    private var agreed: ProtocolRevision?

    /// - Parameters:
    ///   - sessionLog: of calls that name none.
    ///   - ownLog: of calls of a handshake's session that name none, if there is no other.
    ///   - pageBytes: about how many bytes of content a page may have.
    package init(_ handler: RequestHandler, sessionLog: [UInt8]?, ownLog: [UInt8], pageBytes: Int) {
        self.handler = handler
        self.sessionLog = sessionLog
        self.ownLog = ownLog
        self.pageBytes = pageBytes
    }

    /// Takes one JSON text of the client's.
    /// - Parameter named: the session log that came with it, where the transport has a place for one.
    package mutating func receive(_ text: [UInt8], sessionLog named: [UInt8]? = nil) -> [Step] {
        do throws(RPCFailure) {
            let document = try RPCText.document(text)
            if let messages = document.array { return try batch(messages) }
            switch try RPCMessage(document) {
            case .request(let request): return try receive(request, named)
            case .notification(let method, let params): return receive(method, params)
            // This server asks nothing of clients.
            case .response: return []
            }
        } catch {
            return [.send(RPCText.failure(error.id, error.error))]
        }
    }

    /// What a request of a batch asks for.
    /// - Parameter count: of the requests that share what an answer may have.
    package func call(
        _ request: RPCRequest, sessionLog named: [UInt8]? = nil, among count: Int = 1
    ) throws(RPCError) -> Call {
        if Envelope.isPresent(in: request) || request.method == "server/discover" {
            let envelope = try Envelope(request, headers: nil)
            return try call(request, envelope.revision, named ?? sessionLog, pageBytes / count)
        }
        guard let agreed else {
            // Clients may see whether anybody is there before they begin.
            if request.method == "ping" { return Call(request: request, work: .answer(.done)) }
            throw .invalidParams(
                "say first what is spoken: `initialize`, or `\(Envelope.protocolVersionKey)` in the request's params._meta"
            )
        }
        return try call(request, agreed, named ?? sessionLog ?? ownLog, pageBytes / count)
    }

    private func call(
        _ request: RPCRequest, _ revision: ProtocolRevision, _ log: [UInt8]?, _ pageBytes: Int
    ) throws(RPCError) -> Call {
        let context = RequestHandler.Context(revision: revision, sessionLog: log, pageBytes: pageBytes)
        return Call(request: request, work: try handler.work(for: request, context))
    }

    private mutating func receive(_ request: RPCRequest, _ named: [UInt8]?) throws(RPCFailure) -> [Step] {
        do throws(RPCError) {
            guard request.method == Handshake.method, !Envelope.isPresent(in: request) else {
                return [.perform(try call(request, sessionLog: named))]
            }
            let handshake = try handler.handshake(request)
            agreed = handshake.revision
            sessionLog = named ?? sessionLog
            return [.send(RPCText.response(request.id, result: handshake.result)), .beginNotifying]
        } catch {
            throw RPCFailure(id: request.id, error)
        }
    }

    /// Notifications are never answered, whatever they say.
    private func receive(_ method: String, _ params: JSONObject) -> [Step] {
        guard method == "notifications/cancelled", let id = params["requestId"].flatMap(RPCID.init) else { return [] }
        return [.cancel(id)]
    }

    private func batch(_ messages: [JSONValue]) throws(RPCFailure) -> [Step] {
        do throws(RPCError) {
            guard let agreed else { throw .invalidRequest("a message is a JSON object") }
            return [.performAll(try RPCBatch(messages, agreed))]
        } catch {
            throw RPCFailure(id: nil, error)
        }
    }
}
