import Raft
import Reactor

extension ClientOptions {
    /// - Returns: nil when there is no client port.
    /// - Throws: a bad port or host, or two ports.
    init?(_ settings: Settings) throws(StartFailure) {
        let httpPort = try settings.port(.httpPort, lowest: 0)
        let ssePort = try settings.port(.ssePort, lowest: 0)
        let address = try settings.listenAddress(
            .httpHost, fallback: Options.Default.httpHost, port: httpPort ?? ssePort ?? 0)
        if httpPort != nil && ssePort != nil {
            throw settings.refusal(
                of: [.httpPort, .ssePort], "--http-port and --sse-port exclude each other: give one of them")
        }
        guard httpPort != nil || ssePort != nil else { return nil }
        listenAddress = address
        transport = httpPort != nil ? .streamableHTTP : .serverSentEvents
    }
}

extension ClusterOptions {
    /// - Returns: nil without `--cluster-port`.
    /// - Throws: a bad port, host, advertise address or peer, with or without a port.
    init?(_ settings: Settings, nodeID: String) throws(StartFailure) {
        let port = try settings.port(.clusterPort, lowest: 1)
        let listenAddress = try settings.listenAddress(
            .clusterHost, fallback: Options.Default.clusterHost, port: port ?? 0)
        let explicit = try settings.address(.advertiseAddress)
        let peers = try PeerList(settings, nodeID: nodeID)
        let join = try JoinOptions(settings)
        guard let port else { return nil }
        self.listenAddress = listenAddress
        advertiseAddress = explicit ?? HostPort(host: nodeID, port: port)
        isAdvertiseAddressExplicit = explicit != nil
        try peers.check(against: advertiseAddress)
        self.peers = peers.peers
        self.join = join
    }

    /// - Throws: `--join` names this node, or comes with `--peers`.
    func checkJoin(_ settings: Settings) throws(StartFailure) {
        guard let join, let setting = settings[.join] else { return }
        guard join.target.canonical != advertiseAddress.canonical else {
            throw setting.refusal("is this node's own address: give that of a member of the cluster")
        }
        guard peers.isEmpty else {
            throw settings.refusal(
                of: [.join, .peers],
                "--join and --peers exclude each other: give --peers to all members of a cluster that forms, --join to a node that comes later"
            )
        }
    }
}

extension JoinOptions {
    /// - Returns: nil without `--join`.
    /// - Throws: it is no address.
    init?(_ settings: Settings) throws(StartFailure) {
        let isLearner = try settings.isOn(.joinAsLearner)
        guard let target = try settings.address(.join) else { return nil }
        self.target = target
        asLearner = isLearner
    }
}

/// The value of `--peers`.
private struct PeerList {
    private let setting: Setting?
    private var addresses: [HostPort] = []
    private(set) var peers: [PeerSpecification] = []

    init(_ settings: Settings, nodeID: String) throws(StartFailure) {
        setting = settings[.peers]
        for element in try settings.list(.peers) {
            try add(element, nodeID: nodeID)
        }
        guard peers.count < PeerCodec.maximumMembers else {
            throw refusal("lists \(peers.count) peers: a cluster has at most \(PeerCodec.maximumMembers) members")
        }
    }

    private mutating func add(_ element: String, nodeID: String) throws(StartFailure) {
        let name = Printable.text(element)
        let parts = element.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = HostPort(String(parts[parts.count - 1])) else {
            throw refusal("lists \(name), which is no peer: give id@host:port or host:port")
        }
        let id = parts.count == 2 ? String(parts[0]) : nil
        if let id {
            guard NodeName.isValid(id) else {
                throw refusal("lists \(name), whose id is none: an id has \(NodeName.rule)")
            }
            guard id != nodeID else { throw refusal("lists \(name), which is this node: leave it out") }
            guard !peers.contains(where: { $0.nodeID == id }) else {
                throw refusal("lists the id \(id) twice: give each member its own --node-id")
            }
        }
        guard !addresses.contains(address.canonical) else {
            throw refusal("lists the address \(address) twice: list each member once")
        }
        addresses.append(address.canonical)
        peers.append(PeerSpecification(nodeID: id, address: address.description))
    }

    func check(against ownAddress: HostPort) throws(StartFailure) {
        guard !addresses.contains(ownAddress.canonical) else {
            throw refusal("lists \(ownAddress), which is this node's own address: leave it out")
        }
    }

    private func refusal(_ reason: String) -> StartFailure {
        guard let setting else { preconditionFailure("an empty list that is refused: \(reason)") }
        return setting.refusal(reason)
    }
}
