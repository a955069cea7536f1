/// How many client connections are served at once.
package enum ConnectionLimit {
    /// Descriptors kept back for the log, the peers and the loop itself.
    package static let reserve = 64

    /// - Parameters:
    ///   - requested: `--max-connections`, if given.
    ///   - descriptorLimit: how many descriptors this process may have.
    /// - Throws: the limit leaves no room; exit 64 when the operator asked for too much, 1 when even one does not fit.
    package static func connections(requested: Int?, descriptorLimit: Int) throws(StartFailure) -> Int {
        let available = descriptorLimit - reserve
        guard available > 0 else {
            throw StartFailure(
                "this process may have \(descriptorLimit) descriptors, \(reserve) are for itself: raise the limit (ulimit -n)",
                status: .failure)
        }
        guard let requested else { return available }
        guard requested <= available else {
            throw StartFailure(
                "--max-connections \(requested) is more than the \(available) that the descriptor limit allows: lower it, or raise the limit (ulimit -n \(requested + reserve))",
                status: .usage)
        }
        return requested
    }
}
