import HTTP
import MCP
import Raft
import Reactor
import Replica
import StateMachine
import Transport

/// The client port: `/v1`, and what both ports answer.
final class ClientPort {
    private struct Waiting {
        let then: (Answer) -> Void
        let startedAt: UInt64
    }

    /// How long idle connections stay open when the node stops: more than a request is on its way, and a proxy takes to see the port closed.
    private static let idleMilliseconds: UInt64 = 300

    private let loop: EventLoop
    private let server: HTTPServer
    private let common: CommonEndpoints
    private let browserGuard: BrowserGuard
    private let keyValue: KeyValueEndpoint
    private let transaction: TransactionEndpoint
    private let sessions: SessionEndpoint
    private let budget: StreamBudget
    private let watches: Watches
    /// Of `--http-port`.
    private var mcp: MCPPort?
    /// Of `--sse-port`.
    private var sse: SSEPort?
    private let backups = Backups()
    private let receive: (Input) -> Void
    /// Requests that the replica works on, by id.
    private var waiting: [ClientRequest.ID: Waiting] = [:]
    private var nextID: ClientRequest.ID = 1
    /// From a request's last byte to its answer, of requests that are answered whole.
    private(set) var latency = Histogram()

    /// - Parameters:
    ///   - transport: how it speaks MCP.
    ///   - instance: of this node.
    ///   - state: what is applied now.
    ///   - conviction: why it must not be shown; `nil` when nothing is known against it.
    ///   - relay: passes on what belongs to a stream of another node.
    /// - Throws: when the address cannot be bound.
    init(
        on loop: EventLoop, address: SocketAddress, limit: ConnectionLimit, maxValueSize: Int,
        transport: ClientOptions.Transport, instance: InstanceID, common: CommonEndpoints, browserGuard: BrowserGuard,
        times: StreamTimes = StreamTimes(), state: @escaping () -> StateMachine,
        conviction: @escaping () -> String? = { nil }, relay: @escaping SSEPort.Relay,
        receive: @escaping (Input) -> Void
    ) throws(ReactorError) {
        self.loop = loop
        self.common = common
        self.browserGuard = browserGuard
        self.receive = receive
        let transaction = TransactionEndpoint(maxValueSize: maxValueSize)
        keyValue = KeyValueEndpoint(maxValueSize: maxValueSize)
        self.transaction = transaction
        sessions = SessionEndpoint(maxValueSize: maxValueSize)
        budget = StreamBudget(limit: max(1, limit.clients / 2))
        watches = Watches(
            on: loop, budget: budget, idleMilliseconds: times.watchIdle, state: state, conviction: conviction)
        var options = HTTPServerOptions()
        options.limits.bodyBytes = maxValueSize
        options.bodyLimit = { request in
            let isJSON =
                request.pathIs(TransactionEndpoint.path) || request.pathIs(MCPEndpoint.path)
                || request.pathIs(SSEPort.messagePath) || SessionEndpoint.handles(request.path)
            return isJSON ? transaction.maxBodySize : maxValueSize
        }
        options.mayStream = {
            $0.pathIs(WatchEndpoint.path) || $0.pathIs(Backups.path) || $0.pathIs(MCPEndpoint.path)
                || $0.pathIs(SSEPort.streamPath)
        }
        options.refusal = { error, request in
            request?.pathIs(MCPEndpoint.path) == true ? MCPEndpoint.response(to: error) : error.response
        }
        options.maxConnections = limit.clients
        options.maxLingering = limit.lingering
        weak var port: ClientPort?
        server = try HTTPServer(on: loop, address: address, options: options) { request, handle in
            port?.handle(request, handle)
        }
        port = self
        let ask: Asking = { port?.ask($0, then: $1) }
        switch transport {
        case .streamableHTTP:
            mcp = MCPPort(
                on: loop, endpoint: MCPEndpoint(version: Version.current, maxValueSize: maxValueSize), budget: budget,
                times: times, state: state, ask: ask)
        case .serverSentEvents:
            sse = SSEPort(
                on: loop, instance: instance, budget: budget, times: times, maxValueSize: maxValueSize, state: state,
                ask: ask,
                relay: relay)
        }
    }

    var address: SocketAddress { server.address }
    var counters: HTTPServerCounters { server.counters }
    var openConnections: Int { server.openConnections }
    var openWatches: Int { watches.count }
    /// Watches, streams of changes and of HTTP+SSE.
    var openStreams: Int { budget.open }

    func answer(_ answer: Answer, to id: ClientRequest.ID) {
        guard let request = waiting.removeValue(forKey: id) else { return }
        latency.record(nanoseconds: loop.nowNanoseconds - request.startedAt)
        request.then(answer)
    }

    /// Takes a client's message that came to another node.
    func receive(_ message: RelayedMessage) -> HTTPResponse {
        sse?.receive(message) ?? RelayedMessage.unknownSession.response
    }

    /// To be called after each flush: what was applied goes to those who watch.
    func applied() {
        watches.applied()
        mcp?.applied()
        sse?.applied()
    }

    /// Takes nothing new; `completion` runs when every connection is closed.
    func drain(withinMilliseconds milliseconds: UInt64, completion: @escaping () -> Void) {
        server.drain(withinMilliseconds: milliseconds, idleMilliseconds: ClientPort.idleMilliseconds) {
            [watches, mcp, sse] in
            watches.close()
            mcp?.close()
            sse?.close()
            completion()
        }
    }

    private func handle(_ request: HTTPRequest, _ handle: ResponseHandle) {
        do throws(Refused) {
            try browserGuard.check(request)
            try route(request, handle)
        } catch {
            handle.respond(request.pathIs(MCPEndpoint.path) ? MCPEndpoint.response(to: error) : error.response)
        }
    }

    private func route(_ request: HTTPRequest, _ handle: ResponseHandle) throws(Refused) {
        if KeyValueEndpoint.handles(request.path) {
            let call = try keyValue.call(request)
            ask(call.body) { handle.respond(KeyValueEndpoint.response(to: call.rendering, $0)) }
        } else if request.pathIs(TransactionEndpoint.path) {
            ask(try transaction.call(request)) { handle.respond(TransactionEndpoint.response(to: $0)) }
        } else if SessionEndpoint.handles(request.path) {
            let call = try sessions.call(request)
            ask(call.body) { handle.respond(SessionEndpoint.response(to: call.rendering, $0)) }
        } else if HeapEndpoint.handles(request.path) {
            let call = try HeapEndpoint.call(request)
            ask(call.body) { handle.respond(HeapEndpoint.response(to: call.rendering, $0)) }
        } else if let mcp, request.pathIs(MCPEndpoint.path) {
            try mcp.handle(request, handle)
        } else if let sse, SSEPort.handles(request) {
            try sse.handle(request, handle)
        } else if request.pathIs(OpenAPIDocument.path) {
            handle.respond(try OpenAPIDocument.response(to: request))
        } else if request.pathIs(WatchEndpoint.path) {
            try watch(try WatchEndpoint.call(request), handle)
        } else if request.pathIs(Backups.path) {
            try backUp(request, handle)
        } else {
            guard let response = try common.response(to: request) else { throw .notFound }
            handle.respond(response)
        }
    }

    private func backUp(_ request: HTTPRequest, _ handle: ResponseHandle) throws(Refused) {
        ask(try backups.call(request)) { [backups] answer in
            guard case .snapshot(let view) = answer else { return handle.respond(answer.refusal ?? .wrongAnswer) }
            backups.start(view, handle)
        }
    }

    /// Only a watch from now has to ask when that is: a place in the history is the same on every node.
    private func watch(_ call: WatchEndpoint.Call, _ handle: ResponseHandle) throws(Refused) {
        try watches.checkRoom()
        guard case .after(let position) = call.start else {
            return ask(.read(.revision, .linearizable)) { [watches] answer in
                guard case .revision(let revision) = answer else {
                    return handle.respond(answer.refusal ?? .wrongAnswer)
                }
                watches.start(call.prefix, after: .endOf(revision: revision), isFromNow: true, handle)
            }
        }
        watches.start(call.prefix, after: position, isFromNow: false, handle)
    }

    private func ask(_ body: ClientRequest.Body, then: @escaping (Answer) -> Void) {
        let id = nextID
        nextID += 1
        waiting[id] = Waiting(then: then, startedAt: loop.nowNanoseconds)
        receive(.client(ClientRequest(id: id, body: body)))
    }
}
