import HTTP
import MCP
import Reactor
import Replica
import StateMachine
import Transport

/// The client port: `/v1`, and what both ports answer.
final class ClientPort {
    /// What to do with the answer of the replica.
    private enum Purpose {
        case keyValue(KeyValueEndpoint.Rendering)
        case transaction
        case session(SessionEndpoint.Rendering)
        case heap(HeapEndpoint.Rendering)
        case mcp(RPCRequest, ProtocolRevision, Work)
        /// Watch what comes after the revision that is answered.
        case watch(prefix: [UInt8])
        case backup
    }

    private struct Waiting {
        let handle: ResponseHandle
        let purpose: Purpose
        let startedAt: UInt64
    }

    private let loop: EventLoop
    private let server: HTTPServer
    private let common: CommonEndpoints
    private let browserGuard: BrowserGuard
    private let keyValue: KeyValueEndpoint
    private let transaction: TransactionEndpoint
    private let sessions: SessionEndpoint
    private let mcp: MCPEndpoint
    private let changes: ChangeStreams
    private let watches: Watches
    private let backups = Backups()
    private let receive: (Input) -> Void
    /// Requests that the replica works on, by id.
    private var waiting: [ClientRequest.ID: Waiting] = [:]
    private var nextID: ClientRequest.ID = 1
    /// From a request's last byte to its answer, of requests that are answered whole.
    private(set) var latency = Histogram()

    /// - Parameters:
    ///   - state: what is applied now.
    ///   - conviction: why it must not be shown; `nil` when nothing is known against it.
    /// - Throws: when the address cannot be bound.
    init(
        on loop: EventLoop, address: SocketAddress, limit: ConnectionLimit, maxValueSize: Int, common: CommonEndpoints,
        browserGuard: BrowserGuard, watchIdleMilliseconds: UInt64 = Watches.idleMilliseconds,
        state: @escaping () -> StateMachine, conviction: @escaping () -> String? = { nil },
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
        // Whoever only watches must leave connections to those who read and write.
        watches = Watches(
            on: loop, limit: max(1, limit.clients / 2), idleMilliseconds: watchIdleMilliseconds, state: state,
            conviction: conviction)
        mcp = MCPEndpoint(version: Version.current, maxValueSize: maxValueSize)
        changes = ChangeStreams(on: loop, limit: max(1, limit.clients / 2), state: state)
        var options = HTTPServerOptions()
        options.limits.bodyBytes = maxValueSize
        options.bodyLimit = { request in
            let isJSON =
                request.pathIs(TransactionEndpoint.path) || request.pathIs(MCPEndpoint.path)
                || SessionEndpoint.handles(request.path)
            return isJSON ? transaction.maxBodySize : maxValueSize
        }
        options.mayStream = {
            $0.pathIs(WatchEndpoint.path) || $0.pathIs(Backups.path) || $0.pathIs(MCPEndpoint.path)
        }
        options.maxConnections = limit.clients
        options.maxLingering = limit.lingering
        weak var port: ClientPort?
        server = try HTTPServer(on: loop, address: address, options: options) { request, handle in
            port?.handle(request, handle)
        }
        port = self
    }

    var address: SocketAddress { server.address }
    var counters: HTTPServerCounters { server.counters }
    var openConnections: Int { server.openConnections }
    var openWatches: Int { watches.count }

    func answer(_ answer: Answer, to id: ClientRequest.ID) {
        guard let request = waiting.removeValue(forKey: id) else { return }
        latency.record(nanoseconds: loop.nowNanoseconds - request.startedAt)
        switch (request.purpose, answer) {
        case (.keyValue(let rendering), _):
            request.handle.respond(KeyValueEndpoint.response(to: rendering, answer))
        case (.transaction, _): request.handle.respond(TransactionEndpoint.response(to: answer))
        case (.session(let rendering), _):
            request.handle.respond(SessionEndpoint.response(to: rendering, answer))
        case (.mcp(let call, _, .listen(let subscription)), .revision(let revision)):
            let start = EventPosition.endOf(revision: revision)
            changes.start(ChangeFeed(subscription, of: call.id, after: start), request.handle)
        case (.mcp(let call, let revision, let work), _):
            request.handle.respond(MCPEndpoint.response(to: call, answer, work, revision))
        case (.heap(let rendering), _): request.handle.respond(HeapEndpoint.response(to: rendering, answer))
        case (.watch(let prefix), .revision(let revision)):
            watches.start(prefix, after: .endOf(revision: revision), isFromNow: true, request.handle)
        case (.backup, .snapshot(let view)): backups.start(view, request.handle)
        case (.watch, _), (.backup, _): request.handle.respond(answer.refusal ?? .wrongAnswer)
        }
    }

    /// To be called after each flush: what was applied goes to those who watch.
    func applied() {
        watches.applied()
        changes.applied()
    }

    /// Takes nothing new; `completion` runs when every connection is closed.
    func drain(withinMilliseconds milliseconds: UInt64, completion: @escaping () -> Void) {
        server.drain(withinMilliseconds: milliseconds) { [watches, changes] in
            watches.close()
            changes.close()
            completion()
        }
    }

    private func handle(_ request: HTTPRequest, _ handle: ResponseHandle) {
        do throws(Refused) {
            try browserGuard.check(request)
            try route(request, handle)
        } catch {
            handle.respond(error.response)
        }
    }

    private func route(_ request: HTTPRequest, _ handle: ResponseHandle) throws(Refused) {
        if KeyValueEndpoint.handles(request.path) {
            let call = try keyValue.call(request)
            ask(call.body, .keyValue(call.rendering), handle)
        } else if request.pathIs(TransactionEndpoint.path) {
            ask(try transaction.call(request), .transaction, handle)
        } else if SessionEndpoint.handles(request.path) {
            let call = try sessions.call(request)
            ask(call.body, .session(call.rendering), handle)
        } else if HeapEndpoint.handles(request.path) {
            let call = try HeapEndpoint.call(request)
            ask(call.body, .heap(call.rendering), handle)
        } else if request.pathIs(MCPEndpoint.path) {
            try answer(try mcp.call(request), handle)
        } else if request.pathIs(OpenAPIDocument.path) {
            handle.respond(try OpenAPIDocument.response(to: request))
        } else if request.pathIs(WatchEndpoint.path) {
            try watch(try WatchEndpoint.call(request), handle)
        } else if request.pathIs(Backups.path) {
            ask(try backups.call(request), .backup, handle)
        } else {
            guard let response = try common.response(to: request) else { throw .notFound }
            handle.respond(response)
        }
    }

    private func answer(_ call: MCPEndpoint.Call, _ handle: ResponseHandle) throws(Refused) {
        guard case .request(let request, let revision, let work) = call else {
            return handle.respond(HTTPResponse(.accepted))
        }
        if case .answer(let reply) = work {
            return handle.respond(MCPEndpoint.response(to: request, reply, revision))
        }
        if case .listen = work, !changes.hasRoom {
            throw Refused(.overloaded("too many streams are open on this node; listen at another one"))
        }
        guard let question = work.question else { throw Refused(.wrongAnswer) }
        ask(question, .mcp(request, revision, work), handle)
    }

    /// Only a watch from now has to ask when that is: a place in the history is the same on every node.
    private func watch(_ call: WatchEndpoint.Call, _ handle: ResponseHandle) throws(Refused) {
        try watches.checkRoom()
        switch call.start {
        case .now: ask(.read(.revision, .linearizable), .watch(prefix: call.prefix), handle)
        case .after(let position): watches.start(call.prefix, after: position, isFromNow: false, handle)
        }
    }

    private func ask(_ body: ClientRequest.Body, _ purpose: Purpose, _ handle: ResponseHandle) {
        let id = nextID
        nextID += 1
        waiting[id] = Waiting(handle: handle, purpose: purpose, startedAt: loop.nowNanoseconds)
        receive(.client(ClientRequest(id: id, body: body)))
    }
}
