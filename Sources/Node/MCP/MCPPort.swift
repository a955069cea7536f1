import Bytes
import Documents
import HTTP
import MCP
import Raft
import Reactor
import Replica
import StateMachine
import Storage
import Transport

/// `/mcp` at work: has the replica asked what requests ask for, and answers them.
///
/// A session is looked up after a linearizable read, so this node knows of everything that was acknowledged when the request came: a session
/// that another node has just made is there, one that has ended is not, and what the request reads next may be read here.
final class MCPPort {
    private static let tooManySubscriptions = """
        too many: a session has \(MCPSession.maximumSubscriptions) subscriptions and \(MCPSession.maximumSubscriptionBytes) bytes of URIs \
        at most, and all sessions together have a limit, too
        """

    private let loop: EventLoop
    private let endpoint: MCPEndpoint
    private let ask: Asking
    private let state: () -> StateMachine
    private let budget: StreamBudget
    private let streams: ChangeStreams
    private let use: SessionUse

    init(
        on loop: EventLoop, endpoint: MCPEndpoint, budget: StreamBudget, times: StreamTimes,
        state: @escaping () -> StateMachine,
        ask: @escaping Asking
    ) {
        self.loop = loop
        self.endpoint = endpoint
        self.ask = ask
        self.state = state
        self.budget = budget
        streams = ChangeStreams(on: loop, budget: budget, times: times, state: state)
        use = SessionUse(on: loop, ask: ask, state: state)
        streams.onSessionInUse = { [use] in use.note($0) }
    }

    /// - Throws: the answer to a request that is wrong; nothing was changed.
    func handle(_ request: HTTPRequest, _ handle: ResponseHandle) throws(Refused) {
        switch try endpoint.call(request) {
        case .accepted: handle.respond(HTTPResponse(.accepted))
        case .request(let call, _, .listen(let subscription)): try listen(call, subscription, handle)
        case .request(let call, let revision, let work):
            run(work) { handle.respond(MCPEndpoint.response(to: call.id, $0, revision)) }
        case .open(let call, let handshake, let sessionLog): open(call, handshake, sessionLog, handle)
        case .session(let id, let call):
            if case .stream = call { try budget.check() }
            find(id, for: call, handle)
        }
    }

    func applied() { streams.applied() }

    func close() {
        streams.close()
        use.close()
    }

    // MARK: Without a session

    private func run(_ work: Work, isConfirmed: Bool = false, then: @escaping (Ending) -> Void) {
        if case .answer(let reply) = work { return then(.reply(reply)) }
        guard let question = work.question(isConfirmed: isConfirmed) else {
            return then(.reply(.error(.unrelatedAnswer)))
        }
        ask(question) { then(work.ending($0)) }
    }

    private func listen(
        _ call: RPCRequest, _ subscription: Subscription, _ handle: ResponseHandle
    ) throws(Refused) {
        try budget.check()
        ask(.read(.revision, .linearizable)) { [streams, budget] answer in
            guard case .revision(let revision) = answer, budget.hasRoom else {
                let refused = budget.hasRoom ? answer.refusedRequest : budget.refusal.refusedRequest
                return handle.respond(MCPEndpoint.response(to: call.id, refused, .july2026))
            }
            streams.start(ChangeFeed(subscription, of: call.id, after: .endOf(revision: revision)), handle)
        }
    }

    // MARK: Sessions

    private func open(
        _ call: RPCRequest, _ handshake: Handshake, _ sessionLog: [UInt8]?, _ handle: ResponseHandle
    ) {
        let id = MCPSessionID.random()
        let log = sessionLog ?? Name.ofOwnLog()
        let command = MCPSessionCommand.open(id, revision: Array(handshake.revision.rawValue.utf8), sessionLog: log)
        ask(.write(.mcpSession(command))) { answer in
            switch answer {
            case .outcome(.mcpSession(.done)): handle.respond(MCPEndpoint.opened(call, handshake, id))
            case .outcome(.mcpSession(.full)):
                let full = Answer.overloaded(
                    reason: "too many MCP sessions were used within an hour; end some, or try again later")
                handle.respond(MCPEndpoint.response(to: call.id, full.refusedRequest, handshake.revision))
            default: handle.respond(MCPEndpoint.response(to: call.id, answer.refusedRequest, handshake.revision))
            }
        }
    }

    private func find(_ id: MCPSessionID, for call: MCPEndpoint.SessionCall, _ handle: ResponseHandle) {
        ask(.read(.revision, .linearizable)) { [weak self] answer in
            guard let self else { return }
            guard case .revision = answer else {
                return handle.respond(MCPEndpoint.response(to: call.requestID, answer.refusedRequest, nil))
            }
            guard let session = state().mcpSession(id) else {
                return handle.respond(MCPEndpoint.response(to: call.requestID, .noSuchSession, nil))
            }
            use.note(id)
            perform(call, in: HandshakeSession(id, session), handle)
        }
    }

    private func perform(_ call: MCPEndpoint.SessionCall, in session: HandshakeSession, _ handle: ResponseHandle) {
        switch call {
        case .message(.request(let request), let log):
            perform(request, in: session, log) {
                handle.respond(MCPEndpoint.response(to: request.id, $0, session.revision))
            }
        case .message: handle.respond(HTTPResponse(.accepted))
        case .batch(let messages, let log): perform(messages, in: session, log, handle)
        case .stream where !budget.hasRoom:
            handle.respond(MCPEndpoint.response(to: nil, budget.refusal.refusedRequest, session.revision))
        case .stream(let position):
            let start = position ?? .endOf(revision: state().lastApplied)
            streams.start(session.id, session.revision, after: start, handle)
        case .end: end(session.id, handle)
        }
    }

    private func perform(
        _ request: RPCRequest, in session: HandshakeSession, _ log: [UInt8]?, pageBytes: Int = PageLimit.maxBytes,
        then: @escaping (Ending) -> Void
    ) {
        let context = RequestHandler.Context(
            revision: session.revision, sessionLog: log ?? session.sessionLog, pageBytes: pageBytes)
        do throws(RPCError) {
            let work = try endpoint.handler.work(for: request, context)
            guard case .subscribe(let uri, let isOn) = work else { return run(work, isConfirmed: true, then: then) }
            subscribe(session.id, to: uri, isOn: isOn, then: then)
        } catch {
            then(.reply(.error(error)))
        }
    }

    private func subscribe(_ id: MCPSessionID, to uri: [UInt8], isOn: Bool, then: @escaping (Ending) -> Void) {
        let command = isOn ? MCPSessionCommand.subscribe(id, uri: uri) : .unsubscribe(id, uri: uri)
        ask(.write(.mcpSession(command))) { answer in
            switch answer {
            case .outcome(.mcpSession(.done)): then(.reply(.done))
            case .outcome(.mcpSession(.unknown)): then(.reply(.error(.noSuchSession)))
            case .outcome(.mcpSession(.full)):
                then(.reply(.error(.invalidParams(MCPPort.tooManySubscriptions))))
            default: then(answer.refusedRequest)
            }
        }
    }

    private func end(_ id: MCPSessionID, _ handle: ResponseHandle) {
        ask(.write(.mcpSession(.close(id)))) { answer in
            switch answer {
            case .outcome(.mcpSession(.done)): handle.respond(HTTPResponse(.ok))
            case .outcome(.mcpSession(.unknown)):
                handle.respond(MCPEndpoint.response(to: nil, .noSuchSession, nil))
            default: handle.respond(MCPEndpoint.response(to: nil, answer.refusedRequest, nil))
            }
        }
    }

    // MARK: Batches

    /// One after the other, so that others have their turns; the answers come back in the order of the requests (revision 2025-03-26).
    private func perform(
        _ messages: [JSONValue], in session: HandshakeSession, _ log: [UInt8]?, _ handle: ResponseHandle
    ) {
        do throws(RPCError) {
            let batch = Batch(try RPCBatch(messages, session.revision), maximumBytes: Batch.standardBytes) {
                handle.respond(MCPEndpoint.response(to: $0))
            }
            perform(batch.requests[...], of: batch, in: session, log)
        } catch {
            handle.respond(MCPEndpoint.response(to: nil, error, session.revision))
        }
    }

    private func perform(
        _ requests: ArraySlice<Batch.Request>, of batch: Batch, in session: HandshakeSession, _ log: [UInt8]?
    ) {
        guard let next = requests.first else { return }
        let pageBytes = PageLimit.maxBytes / batch.requests.count
        perform(next.request, in: session, log, pageBytes: pageBytes) { [weak self] ending in
            batch.put(RPCText.answer(next.request.id, ending.reply), to: next)
            self?.loop.defer { self?.perform(requests.dropFirst(), of: batch, in: session, log) }
        }
    }
}

/// A session as this node knows it when it carries out a request.
struct HandshakeSession {
    let id: MCPSessionID
    let revision: ProtocolRevision
    let sessionLog: [UInt8]

    init(_ id: MCPSessionID, _ session: MCPSession) {
        self.id = id
        // A node of another version may have made it.
        revision = .negotiated(String(decoding: session.revision, as: UTF8.self))
        sessionLog = session.sessionLog
    }
}

extension MCPEndpoint.SessionCall {
    /// The id of the request that it is, if it is one.
    var requestID: RPCID? {
        guard case .message(.request(let request), _) = self else { return nil }
        return request.id
    }
}
