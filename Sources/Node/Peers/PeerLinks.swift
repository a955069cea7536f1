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

    private struct Key: Hashable {
        let address: String
        let channel: Channel
    }

    private let loop: EventLoop
    private let resolver: NameResolver
    private let settings: ReplicaSettings
    private let random: SeededRandom
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
        guard let client = client(for: Key(address: address, channel: channel)) else {
            return completion(.sendFailed(context, .notSent(reason: "\(address) is no address")))
        }
        let message = HTTPRequestMessage(
            .post, PeerPath(request.body).rawValue, headers: [HTTPHeader("Content-Type", PeerPath.contentType)],
            body: PeerCodec.encode(request))
        let completion = completion
        client.send(message, timeoutMilliseconds: timeout(of: channel)) { result in
            completion(PeerLinks.input(from: result, context))
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

    private func client(for key: Key) -> HTTPClient? {
        if let client = clients[key] { return client }
        guard let target = HostPort(key.address) else { return nil }
        var random = random
        let client = HTTPClient(
            on: loop, resolver: resolver, host: target.host, port: target.port, options: options(for: key.channel),
            random: SeededRandom(seed: random.next() &+ UInt64(clients.count)))
        clients[key] = client
        return client
    }

    private func options(for channel: Channel) -> HTTPClientOptions {
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
    private func timeout(of channel: Channel) -> UInt64 {
        switch channel {
        case .control: settings.raft.electionTimeoutMaxMilliseconds
        case .log, .bulk: max(5_000, 4 * settings.raft.electionTimeoutMaxMilliseconds)
        case .propose, .read: settings.requestTimeoutMilliseconds
        }
    }
}
