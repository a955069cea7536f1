package import Raft
package import StateMachine

/// All that a replica starts from, as recovery found it.
package struct ReplicaStart {
    package let identity: Identity
    package let formation: Formation
    package let hardState: HardState
    package let log: SegmentedLog
    package let stateMachine: StateMachine
    package let commitIndex: LogIndex
    package let recordedCluster: ClusterID
    /// To be performed before the replica starts: a torn tail is cut, what a crash left over is removed.
    package let repairs: [DiskOperation]
    /// Where a torn tail was cut, for the log.
    package let tornTail: Recovery.TornTail?
    let snapshot: Snapshots.Stored?
    let engineLog: RaftLog
    let configurations: [(index: LogIndex, configuration: Configuration)]

    /// Reads a data directory: loads the newest snapshot, verifies the whole log, applies what is known to be committed, keeps the tail
    /// for the engine.
    ///
    /// Entries beyond the highest commit index on disk are not applied: they may be truncated yet, and a state machine cannot undo.
    /// - Throws: `RecoveryFailure` when something is damaged or cannot be read.
    package static func recover(
        identity: Identity, formation: Formation, cluster: ClusterID, image: some DirectoryImage,
        settings: SegmentedLog.Settings
    ) throws(RecoveryFailure) -> ReplicaStart {
        let found = try FoundSnapshot.find(in: image, cluster: cluster)
        var replay = Replay(found.newest)
        let recovery = try SegmentedLog.recover(
            from: image, clusterID: cluster, settings: settings, snapshot: found.newest?.forLog
        ) { entries, commitIndex in
            replay.add(entries, commitIndex: commitIndex)
        }
        // `FORMAT` names a cluster only once the entry that made it, the log's first, is committed and durable.
        let founding = cluster == .none ? 0 : min(1, recovery.lastPosition.index)
        let commitIndex = max(recovery.commitIndex, founding, found.newest?.stored.position.index ?? 0)
        replay.finish(commitIndex: commitIndex)
        if let unreadable = replay.unreadable { throw corruption(unreadable, in: recovery.log) }
        let hardState = try readHardState(image, last: recovery.lastPosition)
        return ReplicaStart(
            identity: identity, formation: formation, hardState: hardState, log: recovery.log,
            stateMachine: replay.stateMachine, commitIndex: commitIndex, recordedCluster: cluster,
            repairs: found.repairs + recovery.repairs + (try MetaFile.repairs(in: image)), tornTail: recovery.tornTail,
            snapshot: found.newest?.stored,
            engineLog: replay.engineLog, configurations: replay.configurations)
    }

    private static func corruption(_ unreadable: Replay.Unreadable, in log: SegmentedLog) -> RecoveryFailure {
        let place = log.read(from: unreadable.position.index, maxBytes: 0)
        return .corruption(
            CorruptionError(
                path: place?.path ?? SegmentedLog.directory, offset: place?.offset ?? 0,
                reason: "the configuration \(unreadable.position) cannot be read: \(unreadable.reason)"))
    }

    private static func readHardState(
        _ image: some DirectoryImage, last: LogPosition
    ) throws(RecoveryFailure) -> HardState {
        let state = try MetaFile.read(from: image)
        do throws(CorruptionError) {
            return try MetaFile.verify(state, against: last)
        } catch {
            throw .corruption(error)
        }
    }
}

/// Applies entries as they are read, as far as they are known to be committed, to what a snapshot holds.
private struct Replay {
    /// A configuration that passed its checksum and is none.
    struct Unreadable {
        let position: LogPosition
        let reason: CodecFailure
    }

    var stateMachine: StateMachine
    var engineLog: RaftLog
    var configurations: [(index: LogIndex, configuration: Configuration)] = []
    /// The first one.
    private(set) var unreadable: Unreadable?
    /// Read, and not known to be committed yet.
    private var tail = FIFO<LogEntry>()

    init(_ snapshot: FoundSnapshot.Newest?) {
        stateMachine = snapshot?.stateMachine ?? StateMachine()
        engineLog = RaftLog(base: snapshot?.stored.position ?? .zero)
        let view = stateMachine.view()
        if snapshot != nil { configurations = [(view.configurationIndex, view.configuration)] }
    }

    mutating func add(_ entries: [LogEntry], commitIndex: LogIndex) {
        for entry in entries {
            tail.append(entry)
            if entry.kind == .configuration { note(entry) }
        }
        apply(through: commitIndex)
    }

    mutating func finish(commitIndex: LogIndex) {
        apply(through: commitIndex)
        for entry in tail.removeAll() { engineLog.append(entry) }
    }

    private mutating func apply(through commitIndex: LogIndex) {
        while let entry = tail.first, entry.index <= commitIndex {
            stateMachine.apply(entry)
            engineLog.noteOnDisk(entry.position)
            tail.removeFirst()
        }
    }

    private mutating func note(_ entry: LogEntry) {
        do throws(CodecFailure) {
            configurations.append((entry.index, try ConfigurationCodec.decode(entry.payload)))
        } catch {
            unreadable = unreadable ?? Unreadable(position: entry.position, reason: error)
        }
    }
}
