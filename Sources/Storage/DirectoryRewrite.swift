package import Raft
package import StateMachine

/// Makes a data directory out of a state: a restore from a backup, or a recovery of what one survivor has.
///
/// The new directory holds the state as a snapshot, and a log that goes on behind it.
package enum DirectoryRewrite {
    /// Writes a new data directory, durably. A crash in the middle leaves one without `FORMAT`, which no node starts on: give it its
    /// final name only when this has returned.
    /// - Parameters:
    ///   - state: rebased to the position and the configuration that the node shall begin with.
    ///   - identity: a member of that configuration; its instance must be new, or its other directory would count as the same node.
    ///   - term: of the node; at least that of the state's position.
    ///   - directory: made here, of mode 0700. Its parent must be there.
    /// - Throws: what the disk refuses, also when the directory holds something.
    /// - Complexity: O(bytes of the state); memory for a MiB
    package static func write(
        _ state: StateMachine, identity: Identity, term: Term, into directory: String
    ) throws(DiskFailure) {
        let view = state.view()
        precondition(view.position.term <= term, "term \(term) is before the state, which is at \(view.position)")
        precondition(
            view.configuration.member(of: identity.instance)?.nodeID == identity.nodeID,
            "\(identity.nodeID) is no member of the configuration that it shall begin with")
        try PrivateFolder.make(directory)
        for name in [SegmentedLog.directory, SnapshotFile.directory] { try PrivateFolder.make("\(directory)/\(name)") }
        let executor = try DiskExecutor(directory: directory, keepsFilesOpen: false)
        try write(SnapshotEncoder(view), of: view.position, with: executor)
        var operations = emptyLog(behind: view.position, of: view.configuration.clusterID)
        operations += MetaFile.operations(for: HardState(currentTerm: term, votedFor: nil))
        operations += PeersFile.operations(for: view.configuration.members)
        let format = FormatFile(
            nodeID: identity.nodeID, instance: identity.instance, clusterID: view.configuration.clusterID)
        try perform(operations + format.operations(), with: executor)
    }

    private static func write(
        _ encoder: SnapshotEncoder, of position: LogPosition, with executor: DiskExecutor
    ) throws(DiskFailure) {
        var encoder = encoder
        let path = SnapshotFile.path(of: position, isReceived: false)
        try perform([.create(path: path)], with: executor)
        var offset: UInt64 = 0
        while let bytes = encoder.next() {
            try perform([.write(path: path, offset: offset, bytes: bytes)], with: executor)
            offset += UInt64(bytes.count)
        }
        try perform([.sync(path: path), .syncDirectory(path: SnapshotFile.directory)], with: executor)
    }

    /// A log that holds nothing and goes on after `position`.
    private static func emptyLog(behind position: LogPosition, of cluster: ClusterID) -> [DiskOperation] {
        var log = SegmentedLog(clusterID: cluster, settings: SegmentedLog.Settings())
        return log.reset(to: position, commitIndex: position.index)
    }

    private static func perform(_ operations: [DiskOperation], with executor: DiskExecutor) throws(DiskFailure) {
        _ = try executor.perform(operations).get()
    }
}
