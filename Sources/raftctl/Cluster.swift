import Bytes
import HTTP
import Raft
import Reactor
import Transport

/// What one node says of itself and the others.
struct NodeStatus {
    let address: Address
    let document: JSONObject

    var nodeID: String { document["node_id"]?.string ?? "?" }
    var role: String { document["role"]?.string ?? "?" }
    var leaderID: String? { document["leader_id"]?.string }
    func number(_ name: String) -> UInt64 { document[name]?.uint64 ?? 0 }

    /// Cluster addresses of the members by id, this node included.
    var memberAddresses: [(id: String, address: String)] {
        document["peer_addrs"]?.object?.members.compactMap { member in member.value.string.map { (member.key, $0) } }
            ?? []
    }

    /// Where clients reach this node.
    var clientAddress: Address? {
        document["client_addrs"]?.object?[nodeID]?.string.flatMap(Address.init)
    }
}

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

    /// Sends one request to each address at once and waits for all.
    func ask(_ requests: [(address: Address, request: HTTPRequestMessage)]) -> [Result<
        HTTPResponseMessage, HTTPClientError
    >] {
        var results: [Result<HTTPResponseMessage, HTTPClientError>?] = Array(repeating: nil, count: requests.count)
        var missing = requests.count
        for (place, (address, request)) in requests.enumerated() {
            let client = clients[address] ?? client(at: address)
            clients[address] = client
            client.send(request, timeoutMilliseconds: 3_000) { [loop] result in
                results[place] = result
                missing -= 1
                if missing == 0 { loop.stop() }
            }
        }
        if missing > 0 { loop.run() }
        return results.map { $0 ?? .failure(.notSent("the loop ended early")) }
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
        return zip(addresses, answers).map { address, answer in (address, Cluster.status(at: address, answer)) }
    }

    static func status(at address: Address, _ answer: Result<HTTPResponseMessage, HTTPClientError>) -> NodeStatus? {
        guard case .success(let response) = answer, response.status == .ok else { return nil }
        do {
            return try JSONParser.parse(response.body).object.map { NodeStatus(address: address, document: $0) }
        } catch {
            return nil
        }
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
