/// `raftd recover --force-single`: every value checked.
package struct RecoverOptions: Sendable, Equatable {
    package let sessionDBPath: String
    package let nodeID: String
    /// Where the node is reached from now on; nil: where it was.
    package let advertiseAddress: HostPort?
    /// Whether to do it; else it is only told.
    package let isConfirmed: Bool
}

extension RecoverOptions {
    /// - Throws: a refused value, or no `--force-single`.
    init(_ settings: Settings, _ flags: RecoverFlags) throws(StartFailure) {
        sessionDBPath = try Options.sessionDBPath(settings)
        nodeID = try Options.nodeID(settings)
        advertiseAddress = try settings.address(.advertiseAddress)
        isConfirmed = flags.yes
        guard flags.forceSingle else {
            throw StartFailure(
                "recover needs --force-single: it makes a cluster of one out of what this node has, for when the majority is lost for good",
                status: .usage)
        }
    }
}
