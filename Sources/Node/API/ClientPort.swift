import HTTP
import Reactor
import Replica
import Transport

/// The client port: `/v1`, and what both ports answer.
final class ClientPort {
    private struct Waiting {
        let handle: ResponseHandle
        let rendering: KeyValueEndpoint.Rendering
        let startedAt: UInt64
    }

    private let loop: EventLoop
    private let server: HTTPServer
    private let common: CommonEndpoints
    private let browserGuard: BrowserGuard
    private let keyValue: KeyValueEndpoint
    private let receive: (Input) -> Void
    /// Requests that the replica works on, by id.
    private var waiting: [ClientRequest.ID: Waiting] = [:]
    private var nextID: ClientRequest.ID = 1
    /// From a request's last byte to its answer.
    private(set) var latency = Histogram()

    /// - Throws: when the address cannot be bound.
    init(
        on loop: EventLoop, address: SocketAddress, limit: ConnectionLimit, maxValueSize: Int, common: CommonEndpoints,
        browserGuard: BrowserGuard, receive: @escaping (Input) -> Void
    ) throws(ReactorError) {
        self.loop = loop
        self.common = common
        self.browserGuard = browserGuard
        self.receive = receive
        keyValue = KeyValueEndpoint(maxValueSize: maxValueSize)
        var options = HTTPServerOptions()
        options.limits.bodyBytes = maxValueSize
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

    func answer(_ answer: Answer, to id: ClientRequest.ID) {
        guard let request = waiting.removeValue(forKey: id) else { return }
        latency.record(nanoseconds: loop.nowNanoseconds - request.startedAt)
        request.handle.respond(KeyValueEndpoint.response(to: request.rendering, answer))
    }

    func drain(withinMilliseconds milliseconds: UInt64, completion: @escaping () -> Void) {
        server.drain(withinMilliseconds: milliseconds, completion: completion)
    }

    private func handle(_ request: HTTPRequest, _ handle: ResponseHandle) {
        do throws(Refused) {
            try browserGuard.check(request)
            if KeyValueEndpoint.handles(request.path) { return start(try keyValue.call(request), handle) }
            guard let response = try common.response(to: request) else { throw .notFound }
            handle.respond(response)
        } catch {
            handle.respond(error.response)
        }
    }

    private func start(_ call: KeyValueEndpoint.Call, _ handle: ResponseHandle) {
        let id = nextID
        nextID += 1
        waiting[id] = Waiting(handle: handle, rendering: call.rendering, startedAt: loop.nowNanoseconds)
        receive(.client(ClientRequest(id: id, body: call.body)))
    }
}
