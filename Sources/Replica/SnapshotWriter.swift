package import Raft
package import StateMachine

/// A snapshot of this node's own state on its way to the disk, as lists of operations: a worker takes one list after the other,
/// so that nothing is encoded before it is due and other work may come between. The file gets its name once it is whole and synced.
package struct SnapshotWriter: Sendable {
    /// A snapshot that is durable.
    package struct Result: Sendable, Equatable {
        package let id: UInt64
        package let position: LogPosition
        /// Relative to the data directory.
        package let path: String
        package let size: UInt64
        /// Of all its bytes.
        package let checksum: UInt32
    }

    private enum Step: Sendable {
        case create, write, name, done
    }

    package let id: UInt64
    package let position: LogPosition
    private var encoder: SnapshotEncoder
    private var offset: UInt64 = 0
    private var step = Step.create

    package init(id: UInt64, _ view: StateMachine.View) {
        self.id = id
        position = view.position
        encoder = SnapshotEncoder(view)
    }

    private var path: String { SnapshotFile.path(of: position, isReceived: false) }

    /// What is to be done next, in order; `nil` when the snapshot is durable.
    /// - Complexity: O(bytes of one slice, about a MiB)
    package mutating func next() -> [DiskOperation]? {
        switch step {
        case .create:
            step = .write
            return [.create(path: SnapshotFile.writingPath)]
        case .write:
            guard let bytes = encoder.next() else {
                step = .name
                return next()
            }
            defer { offset += UInt64(bytes.count) }
            return [
                .write(path: SnapshotFile.writingPath, offset: offset, bytes: bytes),
                .sync(path: SnapshotFile.writingPath),
            ]
        case .name:
            step = .done
            return [
                .rename(from: SnapshotFile.writingPath, to: path), .syncDirectory(path: SnapshotFile.directory),
            ]
        case .done: return nil
        }
    }

    /// What the disk has, once `next` has returned `nil`.
    package var result: Result {
        precondition(step == .done, "snapshot \(position) is not written yet")
        return Result(id: id, position: position, path: path, size: encoder.size, checksum: encoder.checksum)
    }

    /// What removes the traces, after the last list of operations met a disk without space.
    package mutating func abandon() -> [DiskOperation] {
        defer { step = .done }
        // The first list makes the file: where that failed there is none.
        return offset == 0 ? [] : [.remove(path: SnapshotFile.writingPath)]
    }
}
