import Raft
import Reactor

extension Options {
    /// How this node finds its cluster when its directory is empty; standalone is a group of one.
    func formation(_ identity: Identity) -> Formation {
        guard let cluster else {
            return Formation(identity: identity, address: "standalone:1", isAddressExplicit: true, peers: [])
        }
        return Formation(
            identity: identity, address: cluster.advertiseAddress.description,
            isAddressExplicit: cluster.isAdvertiseAddressExplicit, peers: cluster.peers)
    }

    /// Where others reach the client port: the address it is bound to, or the advertised host where it is bound to all.
    func reachableAddress(of bound: SocketAddress) -> String {
        guard bound.ip == "0.0.0.0" || bound.ip == "::", let host = cluster?.advertiseAddress.host else {
            return bound.description
        }
        return HostPort(host: host, port: bound.port).description
    }
}
