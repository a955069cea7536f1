/// How the descriptors that this process may have are shared out. The sum stays within the limit: a log that finds no descriptor for its
/// next segment would stop the node.
package struct ConnectionLimit: Sendable, Equatable {
    /// Client connections served at once: `--max-connections`.
    package let clients: Int
    /// Connections served at once on the cluster port.
    package let peers: Int
    /// On each port, connections that were refused or have ended, until the other side has gone.
    package let lingering: Int

    /// For the log, the connections to peers and the loop itself.
    private static let reserve = 64

    /// - Parameters:
    ///   - requested: `--max-connections`, if given.
    ///   - descriptorLimit: how many descriptors this process may have.
    /// - Throws: the limit leaves no room; exit 64 when the operator asked for too much, 1 when even one does not fit.
    package init(requested: Int?, descriptorLimit: Int) throws(StartFailure) {
        let shared = descriptorLimit - ConnectionLimit.reserve
        // Four connections from each of six peers, whatever the limit.
        peers = min(max(shared / 8, 24), 1024)
        lingering = min(max(shared / 16, 4), 256)
        let available = shared - peers - 2 * lingering
        guard available > 0 else {
            throw StartFailure(
                "this process may have \(descriptorLimit) descriptors, \(descriptorLimit - available) are for itself and its peers: raise the limit (ulimit -n)",
                status: .failure)
        }
        clients = requested ?? available
        guard clients <= available else {
            throw StartFailure(
                "--max-connections \(clients) is more than the \(available) that the descriptor limit allows: lower it, or raise the limit (ulimit -n)",
                status: .usage)
        }
    }
}
