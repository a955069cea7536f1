import HTTP
import Raft
import Reactor
import Transport

/// Asks nodes over HTTP: every call runs the loop until its answers are there.
final class Cluster {
    let loop: EventLoop
    let resolver: NameResolver
    private var clients: [Address: HTTPClient] = [:]

    init() throws(ReactorError) {
        SignalWatcher.ignorePipe()
        loop = try EventLoop()
        resolver = NameResolver(on: loop)
    }

    func client(at address: Address, _ configure: (inout HTTPClientOptions) -> Void = { _ in }) -> HTTPClient {
        var options = HTTPClientOptions()
        options.limits.bodyBytes = 16 << 20
        configure(&options)
        return HTTPClient(
            on: loop, resolver: resolver, host: address.host, port: address.port, options: options,
            random: SeededRandom(seed: UInt64(address.port)))
    }

    /// Sends one request to each address at once and waits for all, or until `isEnough`.
    ///
    /// - Parameter isEnough: asked after each answer; what has none by then is a failure.
    func ask(
        _ requests: [(address: Address, request: HTTPRequestMessage)], timeoutMilliseconds: UInt64 = 3_000,
        until isEnough: @escaping (Result<HTTPResponseMessage, HTTPClientError>) -> Bool = { _ in false }
    ) -> [Result<HTTPResponseMessage, HTTPClientError>] {
        let round = Round(count: requests.count)
        for (place, (address, request)) in requests.enumerated() {
            let client = clients[address] ?? client(at: address)
            clients[address] = client
            client.send(request, timeoutMilliseconds: timeoutMilliseconds) { [loop] result in
                // An answer after the end of the round must not end the next one.
                guard !round.isOver else { return }
                round.take(result, at: place, isEnough: isEnough(result))
                if round.isOver { loop.stop() }
            }
        }
        if !round.isOver { loop.run() }
        round.isOver = true
        return round.results.map { $0 ?? .failure(.notSent("another node answered first")) }
    }

    /// Requests that were sent at the same time.
    private final class Round {
        var results: [Result<HTTPResponseMessage, HTTPClientError>?]
        var isOver: Bool
        private var missing: Int

        init(count: Int) {
            results = Array(repeating: nil, count: count)
            missing = count
            isOver = count == 0
        }

        func take(_ result: Result<HTTPResponseMessage, HTTPClientError>, at place: Int, isEnough: Bool) {
            results[place] = result
            missing -= 1
            isOver = missing == 0 || isEnough
        }
    }

    /// The first status that `isUseful`, else the first of all.
    func firstStatus(from addresses: [Address], where isUseful: @escaping (NodeStatus) -> Bool) -> NodeStatus? {
        let request = HTTPRequestMessage(.get, "/raft/status")
        let answers = ask(addresses.map { ($0, request) }, timeoutMilliseconds: 1_000) { answer in
            NodeStatus(answer).map(isUseful) ?? false
        }
        let statuses = answers.compactMap(NodeStatus.init)
        return statuses.first(where: isUseful) ?? statuses.first
    }

    /// The status of every member that can be found from `addresses`; those that do not answer have none.
    func statuses(from addresses: [Address]) -> [(address: Address, id: String?, status: NodeStatus?)] {
        var known = ask(status: addresses)
        let found = known.compactMap(\.status).flatMap(\.memberAddresses)
        let missing = found.compactMap { Address($0.address) }.filter { address in
            !known.contains { $0.address == address || $0.status.map { memberAddress($0) == address } ?? false }
        }
        var unique: [Address] = []
        for address in missing where !unique.contains(address) { unique.append(address) }
        known += ask(status: unique)
        var seen: Set<String> = []
        return known.filter { entry in entry.status.map { seen.insert($0.nodeID).inserted } ?? true }.map { entry in
            (
                entry.address, entry.status?.nodeID ?? found.first { $0.address == entry.address.description }?.id,
                entry.status
            )
        }
    }

    private func memberAddress(_ status: NodeStatus) -> Address? {
        status.memberAddresses.first { $0.id == status.nodeID }.flatMap { Address($0.address) }
    }

    private func ask(status addresses: [Address]) -> [(address: Address, status: NodeStatus?)] {
        let answers = ask(addresses.map { ($0, HTTPRequestMessage(.get, "/raft/status")) })
        return zip(addresses, answers).map { address, answer in (address, NodeStatus(answer)) }
    }

    func pause(milliseconds: UInt64) {
        let timer = Timer(on: loop) { [loop] in loop.stop() }
        timer.start(afterMilliseconds: milliseconds)
        loop.run()
        timer.close()
    }

    func close() {
        for client in clients.values { client.close() }
        clients = [:]
    }
}
