import HTTP
import Raft
import Reactor
import Replica
import Transport

/// The cluster port: messages between nodes, and what operators ask of `/raft/*`.
final class ClusterPort {
    private let server: HTTPServer
    private let common: CommonEndpoints
    private let browserGuard: BrowserGuard
    private let receive: (Input) -> Void
    /// Requests of other nodes that wait for their answer, by token.
    private var waiting: [UInt64: ResponseHandle] = [:]
    /// Requests of operators that wait for their answer, by id.
    private var operators: [UInt64: ResponseHandle] = [:]
    private var nextToken: UInt64 = 1
    /// Takes a message of a client whose stream this node may hold; what it is answered.
    var onRelayed: ((RelayedMessage) -> HTTPResponse)?

    /// - Throws: when the address cannot be bound.
    init(
        on loop: EventLoop, address: SocketAddress, limit: ConnectionLimit, common: CommonEndpoints,
        browserGuard: BrowserGuard, receive: @escaping (Input) -> Void
    ) throws(ReactorError) {
        self.common = common
        self.browserGuard = browserGuard
        self.receive = receive
        var options = HTTPServerOptions()
        options.limits.bodyBytes = PeerCodec.maximumFrameSize
        options.bodyLimit = {
            AdminEndpoint.path(of: $0) == nil ? PeerCodec.maximumFrameSize : AdminEndpoint.maximumBodySize
        }
        options.limits.pipelinedRequests = 1024
        // Nodes pipeline; what order their messages need, the messages themselves tell.
        options.limits.runsUnsafeInParallel = true
        options.timeouts.idleMilliseconds = 600_000
        options.maxConnections = limit.peers
        options.maxLingering = limit.lingering
        weak var port: ClusterPort?
        server = try HTTPServer(on: loop, address: address, options: options) { request, handle in
            port?.handle(request, handle)
        }
        port = self
        server.onClientGone = { tag in
            if let instance = tag.base as? InstanceID { receive(.connectionClosed(instance)) }
        }
    }

    var address: SocketAddress { server.address }

    func reply(_ response: PeerResponse, token: UInt64) {
        guard let handle = waiting.removeValue(forKey: token) else { return }
        handle.respond(HTTPResponse(.ok, contentType: PeerPath.contentType, body: PeerCodec.encode(response)))
    }

    func answer(_ answer: AdminResponse, to id: UInt64) {
        operators.removeValue(forKey: id)?.respond(AdminEndpoint.response(to: answer))
    }

    func drain(withinMilliseconds milliseconds: UInt64, completion: @escaping () -> Void) {
        server.drain(withinMilliseconds: milliseconds, completion: completion)
    }

    private func handle(_ request: HTTPRequest, _ handle: ResponseHandle) {
        do throws(Refused) {
            try browserGuard.check(request)
            if let path = peerPath(request) { return try handlePeer(request, at: path, handle) }
            if request.pathIs(RelayedMessage.path) { return try takeRelayed(request, handle) }
            if let path = AdminEndpoint.path(of: request) {
                return start(try AdminEndpoint.decode(request, at: path), handle)
            }
            handle.respond(try respond(to: request))
        } catch {
            handle.respond(error.response)
        }
    }

    private func peerPath(_ request: HTTPRequest) -> PeerPath? {
        guard request.headers.first("content-type", isIgnoringCase: PeerPath.contentType) else { return nil }
        return PeerPath.allCases.first { request.pathIs($0.rawValue) }
    }

    /// A frame that cannot be read, or that came to the wrong path, changes nothing.
    private func handlePeer(_ request: HTTPRequest, at path: PeerPath, _ handle: ResponseHandle) throws(Refused) {
        guard request.method == .post else { throw .methodNotAllowed("POST") }
        let message: PeerRequest
        do throws(PeerCodec.Failure) {
            message = try PeerCodec.decodeRequest(request.body)
        } catch {
            throw .badRequest("invalid_frame", "\(error)")
        }
        guard PeerPath(message.body) == path else {
            throw .badRequest("invalid_frame", "this message does not belong to \(path.rawValue)")
        }
        handle.connectionTag = message.header.sender.instance
        let token = takeToken()
        waiting[token] = handle
        handle.onClose { [weak self] in self?.waiting[token] = nil }
        receive(.peerRequest(message, token: token))
    }

    private func takeRelayed(_ request: HTTPRequest, _ handle: ResponseHandle) throws(Refused) {
        guard request.method == .post else { throw .methodNotAllowed("POST") }
        let message = try RelayedMessage(request)
        handle.respond(onRelayed?(message) ?? RelayedMessage.unknownSession.response)
    }

    private func start(_ request: AdminRequest, _ handle: ResponseHandle) {
        let id = takeToken()
        operators[id] = handle
        handle.onClose { [weak self] in self?.operators[id] = nil }
        receive(.administer(request, id: id))
    }

    private func takeToken() -> UInt64 {
        defer { nextToken += 1 }
        return nextToken
    }

    private func respond(to request: HTTPRequest) throws(Refused) -> HTTPResponse {
        if let response = try common.response(to: request) { return response }
        if PeerPath.allCases.contains(where: { request.pathIs($0.rawValue) }) {
            guard request.method == .post else { throw .methodNotAllowed("POST") }
            throw Refused(
                .unsupportedMediaType, "unsupported_media_type", "only nodes talk here, in \(PeerPath.contentType)")
        }
        throw .notFound
    }
}
