import HTTP
import Reactor
import Transport

extension ClusterClient {
    /// How an answer that is taken as it comes ended.
    enum StreamEnd {
        /// The answer is complete.
        case complete
        /// The one who took it had enough.
        case stopped
        /// The node answered with another status than 200.
        case refused(ServerError)
        /// No connection, or not to the end.
        case lost(HTTPClientError)
    }

    /// A node that is silent for longer is gone: a watch shows progress every 10 s, and a backup never pauses.
    private static let silenceMilliseconds: UInt64 = 30_000
    private static let headMilliseconds: UInt64 = 5_000

    /// Sends a request to one node, on a connection of its own, until its answer ends.
    ///
    /// - Parameter take: gets the next bytes of the body; false ends the answer.
    func stream(_ request: HTTPRequestMessage, from address: Address, _ take: @escaping ([UInt8]) -> Bool) -> StreamEnd
    {
        let client = nodes.client(at: address)
        defer { client.close() }
        let reception = Reception(nodes.loop, take)
        client.stream(
            request, timeoutMilliseconds: ClusterClient.headMilliseconds,
            silenceMilliseconds: ClusterClient.silenceMilliseconds,
            to: ResponseReceiver(
                onHead: { reception.begin($0) }, onBody: { reception.add($0) }, onEnd: { reception.end($0) }))
        nodes.loop.run()
        return reception.outcome ?? .stopped
    }

    /// One answer on its way.
    private final class Reception {
        private(set) var outcome: StreamEnd?
        private let loop: EventLoop
        private let take: ([UInt8]) -> Bool
        private var status: HTTPStatus?
        /// Of a refusal.
        private var message: [UInt8] = []

        private static let maxMessageBytes = 64 << 10

        init(_ loop: EventLoop, _ take: @escaping ([UInt8]) -> Bool) {
            self.loop = loop
            self.take = take
        }

        func begin(_ head: HTTPResponseMessage) { status = head.status }

        func add(_ bytes: [UInt8]) {
            guard outcome == nil else { return }
            if status == .ok {
                if !take(bytes) { finish(.stopped) }
            } else if message.count < Reception.maxMessageBytes {
                message += bytes
            }
        }

        func end(_ result: Result<Void, HTTPClientError>) {
            guard outcome == nil else { return }
            switch (result, status) {
            case (.failure(let error), _): finish(.lost(error))
            case (.success, .some(let status)) where status != .ok: finish(.refused(ServerError(status, body: message)))
            case (.success, _): finish(.complete)
            }
        }

        private func finish(_ outcome: StreamEnd) {
            self.outcome = outcome
            loop.stop()
        }
    }
}
