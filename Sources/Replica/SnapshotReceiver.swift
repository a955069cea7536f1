import Raft
import StateMachine

/// A snapshot on its way from the leader to this node.
struct SnapshotReceiver {
    /// What tells one snapshot from another.
    struct Key: Equatable {
        let position: LogPosition
        let size: UInt64
        let checksum: UInt32
    }

    enum Phase {
        /// Chunks are awaited.
        case taking
        /// A chunk of so many bytes is being written; whoever sent it waits.
        case writing(job: DiskJob.ID, count: Int, header: PeerHeader, token: UInt64)
        /// A worker verifies the file and builds the state.
        case loading(id: UInt64)
        /// To take the place of this node's state, between two log jobs.
        case ready(LoadedSnapshot)
        /// The disk is making it durable; the state has been replaced.
        case installing
    }

    var key: Key?
    /// How much of it is durable here.
    var offset: UInt64 = 0
    var phase = Phase.taking
    /// Whether the file that chunks go to exists.
    var hasFile = false
    var nextLoad: UInt64 = 1
    /// Why the last one could not be taken, and what was applied then.
    var trouble: (reason: String, lastApplied: LogIndex)?

    var isInstalling: Bool { if case .installing = phase { true } else { false } }

    /// What is known to be here of the snapshot with `key`.
    func offset(of key: Key) -> UInt64 { self.key == key ? offset : 0 }

    /// What there is of the file is of no use. It goes when the next one begins.
    mutating func reset() {
        key = nil
        offset = 0
        phase = .taking
    }

    /// The operations that add a chunk to the file, which the first one makes.
    mutating func write(_ bytes: [UInt8]) -> [DiskOperation] {
        var operations: [DiskOperation] = []
        if offset == 0 {
            if hasFile { operations.append(.remove(path: SnapshotFile.receivingPath)) }
            operations.append(.create(path: SnapshotFile.receivingPath))
            hasFile = true
        }
        operations.append(.write(path: SnapshotFile.receivingPath, offset: offset, bytes: bytes))
        operations.append(.sync(path: SnapshotFile.receivingPath))
        return operations
    }

    /// The disk had no space for operation number `completed` of those that `write` returned.
    mutating func writeFailed(_ operations: [DiskOperation], completed: Int) {
        phase = .taking
        let made = operations.firstIndex { if case .create = $0 { true } else { false } }
        if let made, completed <= made { hasFile = false }
    }
}
