package import Raft
package import Storage

/// The data directory of this process: locked, with a `FORMAT` that fits, ready for recovery. It stays locked as long as the
/// value lives.
package final class DataDirectory {
    /// `{session-db-path}/cluster-{node-id}` or `{session-db-path}/sessions`.
    package let path: String
    /// The node id with the instance that this directory is.
    package let identity: Identity
    /// `.none` until the first configuration is durable.
    package let clusterID: ClusterID
    /// What works and may not be meant, one line each.
    package let warnings: [String]

    private let lock: DirectoryLock

    /// How long a standalone node waits for the one that is stopping.
    package static let standaloneLockWaitMilliseconds: UInt64 = 5000

    /// The path that `options` lead to.
    package static func path(for options: Options) -> String {
        path(sessionDBPath: options.sessionDBPath, memberID: options.cluster.map { _ in options.nodeID })
    }

    /// - Parameter memberID: the node id in cluster mode; nil for a standalone node.
    static func path(sessionDBPath: String, memberID: String?) -> String {
        var parent = sessionDBPath[...]
        while parent.count > 1, parent.last == "/" { parent.removeLast() }
        let name = memberID.map { "cluster-\($0)" } ?? "sessions"
        return parent == "/" ? "/\(name)" : "\(parent)/\(name)"
    }

    /// Where `raftd recover` writes what takes the place of the directory at `path`.
    static func recoveringPath(of path: String) -> String { "\(path).recovering" }

    /// Makes the directory if need be, locks it, and reads or writes its `FORMAT`.
    /// - Parameter lockWaitMilliseconds: nil is what the contract says: 5 s standalone, 0 in a cluster.
    /// - Throws: exit 65 for damage, 1 for everything else.
    package init(for options: Options, lockWaitMilliseconds: UInt64? = nil) throws(StartFailure) {
        path = Self.path(for: options)
        try Self.checkRecovery(of: path)
        let folder = try DataFolder(making: path)
        let wait = lockWaitMilliseconds ?? (options.cluster == nil ? Self.standaloneLockWaitMilliseconds : 0)
        lock = try DirectoryLock.atStart(directory: path, root: folder.root, waitMilliseconds: wait)
        let isMember = options.cluster != nil
        warnings = try DiskFailure.atStart { () throws(DiskFailure) in
            try folder.makeFolders()
            return try folder.tighten() + (isMember ? folder.placeWarnings() : [])
        }
        let format = try FormatKeeper(directory: path).format(nodeID: options.nodeID)
        identity = Identity(nodeID: format.nodeID, instance: format.instance)
        clusterID = format.clusterID
    }

    /// A new directory in the place of one that is being replaced would be an empty node under a known name.
    private static func checkRecovery(of path: String) throws(StartFailure) {
        let isInterrupted = try DiskFailure.atStart { () throws(DiskFailure) in
            try PrivateFolder.exists(path) ? false : PrivateFolder.exists(recoveringPath(of: path))
        }
        guard isInterrupted else { return }
        throw StartFailure(
            "\(path) was being recovered when that was interrupted: run the same raftd recover again", status: .failure)
    }

    /// What recovery reads.
    package var image: FileDirectoryImage { FileDirectoryImage(directory: path) }
}
