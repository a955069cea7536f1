import Raft
import Reactor
import Replica

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

    /// The knobs of the replica.
    var replicaSettings: ReplicaSettings {
        var settings = ReplicaSettings(raft: raftSettings, log: logSettings)
        settings.snapshotEntries = snapshotEntries
        settings.maxStateSize = effectiveMaxStateSize
        settings.joining = cluster?.join.map { JoinSettings(target: $0.target.description, asLearner: $0.asLearner) }
        return settings
    }

    /// `--max-state-size`, or its default.
    var effectiveMaxStateSize: UInt64 { maxStateSize ?? Memory.available / 4 }

    /// Where others reach the client port: the address it is bound to, or the advertised host where it is bound to all.
    func reachableAddress(of bound: SocketAddress) -> String {
        guard bound.ip == "0.0.0.0" || bound.ip == "::", let host = cluster?.advertiseAddress.host else {
            return bound.description
        }
        return HostPort(host: host, port: bound.port).description
    }
}
