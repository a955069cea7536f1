import HTTP
import Raft
import Reactor
import Replica
import Transport

/// The connections to other nodes: one an address and channel, made when first needed. Performs `Effect.send`, reports what came
/// of it, decides nothing.
final class PeerLinks {
    /// What became of a message.
    typealias Completion = (Input) -> Void

    private enum Lane: Hashable {
        case channel(Channel)
        /// What operators ask takes longer than a write, and answers come in order.
        case administration
        /// Messages of clients whose streams another node holds.
        case relay
    }

    private struct Key: Hashable {
        let address: String
        let lane: Lane
    }

    private let loop: EventLoop
    private let resolver: NameResolver
    private let settings: ReplicaSettings
    private var random: SeededRandom
    private let completion: Completion
    private var clients: [Key: HTTPClient] = [:]

    init(
        on loop: EventLoop, resolver: NameResolver, settings: ReplicaSettings, random: SeededRandom,
        completion: @escaping Completion
    ) {
        self.loop = loop
        self.resolver = resolver
        self.settings = settings
        self.random = random
        self.completion = completion
    }

    func send(_ request: PeerRequest, to address: String, _ channel: Channel, _ context: SendContext) {
        let lane = PeerLinks.lane(of: request, channel)
        guard let client = client(for: Key(address: address, lane: lane)) else {
            return completion(.sendFailed(context, .notSent(reason: "\(address) is no address")))
        }
        let message = HTTPRequestMessage(
            .post, PeerPath(request.body).rawValue, headers: [HTTPHeader("Content-Type", PeerPath.contentType)],
            body: PeerCodec.encode(request))
        let completion = completion
        client.send(message, timeoutMilliseconds: timeout(of: lane)) { result in
            completion(PeerLinks.input(from: result, context))
        }
    }

    /// Asks another node, as an operator would, to have this one taken into its cluster.
    func requestJoin(at address: String, _ call: JoinCall, completion: @escaping (JoinAnswer) -> Void) {
        guard let client = makeClient(for: address, options: options()) else {
            return completion(.unreachable(reason: "\(address) is no address"))
        }
        client.send(call.request, timeoutMilliseconds: JoinCall.timeoutMilliseconds) { result in
            client.close()
            completion(JoinCall.answer(from: result))
        }
    }

    /// Passes a client's message on to the node that holds its stream.
    /// - Parameter completion: what the client is to be answered.
    func relay(_ message: RelayedMessage, to address: String, completion: @escaping (HTTPResponse) -> Void) {
        guard let client = client(for: Key(address: address, lane: .relay)) else {
            return completion(RelayedMessage.unknownSession.response)
        }
        client.send(message.message, timeoutMilliseconds: timeout(of: .relay)) { result in
            switch result {
            case .success(let response):
                let type = response.headers.first("content-type")
                let retry = response.headers.first("retry-after").map { [HTTPHeader("Retry-After", $0)] } ?? []
                completion(HTTPResponse(response.status, contentType: type, headers: retry, body: response.body))
            // Nothing listens where the stream was: it is gone, too.
            case .failure(.refused): completion(RelayedMessage.unknownSession.response)
            case .failure(let error) where !error.mayHaveBeenReceived:
                completion(.unavailable("the node that holds the stream cannot be reached: \(error)"))
            case .failure(let error):
                completion(
                    .error(
                        .gatewayTimeout, code: "outcome_unknown",
                        message: "the node that holds the stream did not answer, and may have the message: \(error)"))
            }
        }
    }

    /// Closes every connection: what is under way fails.
    func close() {
        for client in clients.values { client.close() }
        clients = [:]
    }

    private static func input(
        from result: Result<HTTPResponseMessage, HTTPClientError>, _ context: SendContext
    ) -> Input {
        switch result {
        case .failure(let error):
            let reason = error.description
            return .sendFailed(context, error.mayHaveBeenReceived ? .lost(reason: reason) : .notSent(reason: reason))
        case .success(let response):
            guard response.status == .ok else {
                return .sendFailed(context, .lost(reason: "answered \(response.status.code)"))
            }
            do {
                return .peerResponse(try PeerCodec.decodeResponse(response.body), context)
            } catch {
                return .sendFailed(context, .lost(reason: "answered what cannot be read: \(error)"))
            }
        }
    }

    private static func lane(of request: PeerRequest, _ channel: Channel) -> Lane {
        if case .administer = request.body { return .administration }
        return .channel(channel)
    }

    private func client(for key: Key) -> HTTPClient? {
        if let client = clients[key] { return client }
        let client = makeClient(for: key.address, options: options())
        clients[key] = client
        return client
    }

    /// - Returns: nil for what is no address.
    private func makeClient(for address: String, options: HTTPClientOptions) -> HTTPClient? {
        guard let target = HostPort(address) else { return nil }
        return HTTPClient(
            on: loop, resolver: resolver, host: target.host, port: target.port, options: options,
            random: SeededRandom(seed: random.next()))
    }

    private func options() -> HTTPClientOptions {
        var options = HTTPClientOptions()
        options.limits.bodyBytes = PeerCodec.maximumFrameSize
        options.connectTimeoutMilliseconds = settings.raft.electionTimeoutMaxMilliseconds
        options.backoffMinMilliseconds = 20
        options.backoffMaxMilliseconds = settings.raft.electionTimeoutMinMilliseconds
        options.userTimeoutMilliseconds = UInt32(clamping: 4 * settings.raft.electionTimeoutMaxMilliseconds)
        return options
    }

    /// A peer that does not answer heartbeats within an election time-out is as good as gone; a log write may take longer than
    /// that on a slow disk without being lost.
    private func timeout(of lane: Lane) -> UInt64 {
        switch lane {
        case .channel(.control): settings.raft.electionTimeoutMaxMilliseconds
        case .channel(.log): max(5_000, 4 * settings.raft.electionTimeoutMaxMilliseconds)
        case .channel(.propose), .channel(.read): settings.requestTimeoutMilliseconds
        // A chunk has to get through, and onto a disk that others write to.
        case .channel(.bulk): 30_000
        case .administration: JoinCall.timeoutMilliseconds
        case .relay: settings.requestTimeoutMilliseconds
        }
    }
}
