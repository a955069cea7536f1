import Raft
import Simulation

/// Data directories in memory.
enum Disks {
    static var settings: SegmentedLog.Settings {
        var settings = SegmentedLog.Settings()
        settings.segmentSize = 1 << 10
        settings.maxBatchSize = 512
        return settings
    }

    static func disk(of files: [Container.File]) -> SimulatedDisk {
        var disk = SimulatedDisk()
        for file in files {
            disk.perform(.create(path: file.path))
            disk.perform(.write(path: file.path, offset: 0, bytes: file.bytes))
            disk.perform(.sync(path: file.path))
        }
        for folder in ["", "raft_log", "data"] { disk.perform(.syncDirectory(path: folder)) }
        return disk
    }

    /// The files, in the order of their paths.
    static func files(of disk: SimulatedDisk) throws -> [Container.File] {
        try disk.paths.map { path in
            let size = try disk.size(of: path) ?? 0
            return Container.File(path: path, bytes: try disk.read(path, offset: 0, count: Int(size)))
        }
    }

    struct FoundLog {
        let entries: [LogEntry]
        let tornTail: Recovery.TornTail?
        /// After the repairs.
        let disk: SimulatedDisk
    }

    /// Has a log recovered that no `FORMAT` names.
    /// - Returns: `nil` when it is damaged; the damage names a place in a file then.
    static func recover(_ disk: SimulatedDisk) throws -> FoundLog? {
        var entries: [LogEntry] = []
        let recovery: Recovery
        do throws(RecoveryFailure) {
            recovery = try SegmentedLog.recover(from: disk, clusterID: .none, settings: settings) { news, _ in
                entries += news
            }
        } catch {
            guard case .corruption(let corruption) = error else { throw BrokenPromise("the disk fails: \(error)") }
            let size = try disk.size(of: corruption.path) ?? 0
            try promise(corruption.offset <= size, "\(corruption) of \(size)")
            return nil
        }
        try promiseLog(entries, endsAt: recovery.lastPosition, committed: recovery.commitIndex)
        var repaired = disk
        repaired.perform(recovery.repairs)
        return FoundLog(entries: entries, tornTail: recovery.tornTail, disk: repaired)
    }

    private static func promiseLog(
        _ entries: [LogEntry], endsAt last: LogPosition, committed: LogIndex
    ) throws(BrokenPromise) {
        try promise(entries.last?.position ?? .zero == last, "the log is said to end at \(last)")
        try promise(committed <= last.index, "\(committed) is committed of a log that ends at \(last)")
        for (entry, next) in zip(entries, entries.dropFirst()) {
            try promise(
                next.index == entry.index + 1 && next.term >= entry.term, "\(next.position) follows \(entry.position)")
        }
    }
}
