/// What a directory's log turned out to be.
package struct Recovery: Sendable {
    /// Ready for use once `repairs` are done.
    package var log: SegmentedLog
    package var lastPosition: LogPosition
    /// The highest commit index found, `lastPosition.index` at most.
    package var commitIndex: LogIndex
    /// To be performed before the log is used: cuts a torn tail, removes files that never became segments, and makes durable
    /// what was found. A crash between them changes nothing: the next recovery finds the same entries.
    package var repairs: [DiskOperation]
    /// What is cut, for the operator to know; nothing of it was ever acknowledged.
    package var tornTail: TornTail?

    package struct TornTail: Sendable, Equatable {
        package let path: String
        package let offset: UInt64
    }

    /// The newest snapshot in a directory, as far as the log must know it. It verifies.
    package struct Snapshot: Sendable, Equatable {
        package let position: LogPosition
        package let isReceived: Bool
        /// Of the configuration in the snapshot.
        package let clusterID: ClusterID

        package init(position: LogPosition, isReceived: Bool, clusterID: ClusterID) {
            precondition(position.index > 0 && clusterID != .none, "a snapshot holds the entry that made the cluster")
            self.position = position
            self.isReceived = isReceived
            self.clusterID = clusterID
        }
    }
}

/// Why a log cannot be read.
package enum RecoveryFailure: Error, CustomStringConvertible {
    /// Exit 65.
    case corruption(CorruptionError)
    /// The disk failed; the contents may be whole.
    case disk(DiskReadFailure)

    package var description: String {
        switch self {
        case .corruption(let error): error.description
        case .disk(let error): error.description
        }
    }
}

extension SegmentedLog {
    /// Reads the log in a directory image: the headers of the segments, which tell what is void, then all batches once.
    ///
    /// - Parameters:
    ///   - clusterID: what `FORMAT` says; `.none` when it names no cluster. It is written after the entry that makes the cluster,
    ///     so a crash may leave segments of a cluster it does not name yet: the segments tell then, and must agree. The other
    ///     way around, a named cluster without a segment is a log that was lost.
    ///   - snapshot: the newest one. The entries it holds are verified, as far as they are there, and not visited. The log goes on
    ///     where it ends; a log that does not, is void when the snapshot was received (a crash came before `reset`), and then the
    ///     repairs reset it. It is damage when the snapshot was made here, of entries that were durable.
    ///   - visit: gets the entries that are kept, in order, a batch at a time, with the highest commit index read so far, which is
    ///     never above the last entry visited. What a later batch of commit indexes tells is in `Recovery.commitIndex`.
    /// - Throws: damage that no crash explains, or a disk that does not read.
    /// - Complexity: O(bytes); memory for a few MiB of them, or for the largest batch.
    package static func recover(
        from image: some DirectoryImage, clusterID: ClusterID, settings: Settings, snapshot: Recovery.Snapshot? = nil,
        visit: (_ entries: [LogEntry], _ commitIndexKnown: LogIndex) -> Void
    ) throws(RecoveryFailure) -> Recovery {
        var reader = LogRecovery(image: image, clusterID: clusterID, settings: settings, snapshot: snapshot)
        return try reader.run(visit: visit)
    }
}
