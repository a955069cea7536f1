import Raft
import Simulation
import StateMachine

/// A data directory as a node leaves it.
enum SeedDirectory {
    static func files(withSnapshot: Bool) throws -> [Container.File] {
        var disk = SimulatedDisk()
        disk.perform(Seeds.format.operations())
        disk.perform(MetaFile.operations(for: Seeds.hardState))
        var log = SegmentedLog(clusterID: Seeds.clusterID, settings: Disks.settings)
        for entry in Seeds.entries {
            disk.perform(log.append([entry], commitIndex: max(entry.index, 2) - 1))
        }
        disk.perform(
            log.append([LogEntry(term: 3, index: log.lastPosition.index + 1, kind: .noop, payload: [])], commitIndex: 3)
        )
        if withSnapshot {
            let state = Seeds.state
            let path = SnapshotFile.path(of: state.view().position, isReceived: false)
            disk.perform(.create(path: path))
            disk.perform(.write(path: path, offset: 0, bytes: SnapshotPromises.encode(state.view())))
        }
        return try Disks.files(of: disk)
    }
}
