import Raft
import StateMachine

/// What a start finds in `data/`.
struct FoundSnapshot {
    struct Newest {
        let stored: Snapshots.Stored
        /// Whether it came from a leader: then a crash may have come between its name and the log behind it.
        let isReceived: Bool
        let stateMachine: StateMachine
        let cluster: ClusterID

        var forLog: Recovery.Snapshot {
            Recovery.Snapshot(position: stored.position, isReceived: isReceived, clusterID: cluster)
        }
    }

    let newest: Newest?
    /// Makes durable what was found, and removes what a crash left over: before anything relies on it.
    let repairs: [DiskOperation]

    /// Loads the newest snapshot. An older one is never taken instead of it: the log behind that is gone.
    /// - Throws: `RecoveryFailure` when it is damaged, does not hold what its name says, or belongs to another cluster than `FORMAT`
    ///   says.
    static func find(in image: some DirectoryImage, cluster: ClusterID) throws(RecoveryFailure) -> FoundSnapshot {
        let names: [String]
        do throws(DiskReadFailure) {
            names = try image.names(in: SnapshotFile.directory)
        } catch {
            throw .disk(error)
        }
        let snapshots = names.compactMap(SnapshotFile.parse)
        // The one that a leader sent is behind everything that was made here before it.
        let newest = snapshots.max {
            ($0.position.index, $0.isReceived ? 1 : 0) < ($1.position.index, $1.isReceived ? 1 : 0)
        }
        let unfinished = [SnapshotFile.writingPath, SnapshotFile.receivingPath].filter {
            names.contains(String($0.dropFirst(SnapshotFile.directory.utf8.count + 1)))
        }
        let leftovers = snapshots.map(\.path).filter { $0 != newest?.path } + unfinished
        let sync = [DiskOperation.syncDirectory(path: SnapshotFile.directory)]
        // What is found may not be durable yet, and the log's repairs may rely on it.
        let repairs =
            (newest == nil ? [] : sync) + (leftovers.isEmpty ? [] : leftovers.map { .remove(path: $0) } + sync)
        return FoundSnapshot(
            newest: try newest.map { file throws(RecoveryFailure) in try load(file, image, cluster) }, repairs: repairs)
    }

    private static func load(
        _ file: SnapshotFile, _ image: some DirectoryImage, _ cluster: ClusterID
    ) throws(RecoveryFailure) -> Newest {
        let loaded = try LoadedSnapshot.read(file.path, from: image)
        let view = loaded.stateMachine.view()
        let owner = view.configuration.clusterID
        guard owner != .none else {
            throw .corruption(CorruptionError(path: file.path, offset: 0, reason: "it belongs to no cluster"))
        }
        guard view.position == file.position else {
            throw .corruption(CorruptionError(path: file.path, offset: 0, reason: "it is of \(view.position)"))
        }
        guard cluster == .none || owner == cluster else {
            throw .corruption(
                CorruptionError(path: file.path, offset: 0, reason: "it is of cluster \(owner), not \(cluster)"))
        }
        return Newest(
            stored: Snapshots.Stored(
                position: file.position, path: file.path, size: loaded.size, checksum: loaded.checksum),
            isReceived: file.isReceived, stateMachine: loaded.stateMachine, cluster: owner)
    }
}
