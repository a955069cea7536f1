import Reactor

extension Options {
    /// What works and may not be meant, one line each. Nothing here touches the disk.
    package var warnings: [String] {
        var warnings: [String] = []
        if let address = client?.listenAddress, !address.isLoopback {
            warnings.append(
                "the client port listens on \(address.ip), beyond this machine, and asks nobody for a password: keep it on a trusted network, or give --http-host 127.0.0.1"
            )
        }
        if let address = cluster?.listenAddress, !address.isLoopback {
            warnings.append(
                "the cluster port listens on \(address.ip), beyond this machine, and asks nobody for a password: keep it on a trusted network, or choose one with --cluster-host"
            )
        }
        return warnings
    }
}

extension SocketAddress {
    /// Whether only this machine reaches it.
    var isLoopback: Bool { ip.hasPrefix("127.") || ip == "::1" }
}
