/// Where the log begins, and how it fits the snapshot before it.
extension LogRecovery {
    /// The segments that make the log. What is left below a gap is of a compaction that a crash interrupted: it removes the lowest
    /// segments, and a crash may keep any of them. Only a snapshot lets a segment go: without one all must be there.
    func run(of numbers: [UInt64]) throws(RecoveryFailure) -> ArraySlice<UInt64> {
        guard snapshot == nil else {
            let start = numbers.indices.last { $0 == 0 || numbers[$0 - 1] + 1 != numbers[$0] }
            return numbers[(start ?? numbers.endIndex)...]
        }
        for (place, number) in numbers.enumerated() where number != UInt64(place) + 1 {
            throw missing(UInt64(place) + 1, "though \(SegmentName.path(ofSegment: number)) is there")
        }
        return numbers[...]
    }

    /// Segments before one that goes on right behind a received snapshot are void: a crash came before `reset` had removed them.
    func dropWhatWasReset(from files: inout [File]) {
        guard let snapshot, snapshot.isReceived else { return }
        let start = files.lastIndex {
            $0.header.firstIndex == snapshot.position.index + 1 && $0.header.previousTerm == snapshot.position.term
                && $0.header.clusterID == snapshot.clusterID
        }
        if let start { files.removeFirst(start) }
    }

    /// The log begins at index 1, or where the snapshot ends, or before.
    func checkStart(of files: [File]) throws(RecoveryFailure) {
        if expectedClusterID != .none {
            guard !files.isEmpty else {
                throw corruption(
                    SegmentName.directory, 0, "there is no log, though this node is in cluster \(expectedClusterID)")
            }
            if let snapshot, snapshot.clusterID != expectedClusterID {
                throw corruption(
                    path(of: snapshot), 0,
                    "the snapshot is of cluster \(snapshot.clusterID), though this node is in cluster \(expectedClusterID)"
                )
            }
        }
        guard let snapshot else { return }
        guard let first = files.first else {
            if snapshot.isReceived { return }
            throw corruption(SegmentName.directory, 0, "there is no log, though \(path(of: snapshot)) was made from it")
        }
        let firstIndex = files.reduce(LogIndex.max) { min($0, $1.header.firstIndex) }
        guard firstIndex <= snapshot.position.index + 1 else {
            throw missing(
                first.header.number - 1,
                "for the log begins at index \(firstIndex), and \(path(of: snapshot)) ends at \(snapshot.position)")
        }
    }

    /// All segments belong to one cluster, but for those that a later one voids from the first entry on: two leaders may have
    /// tried to found the cluster, and the first one's entry was never committed. Nor was it, when this node has taken a snapshot
    /// of another cluster before it was formed.
    mutating func checkClusters(of files: [File]) throws(RecoveryFailure) {
        let firstIndex = files.reduce(LogIndex.max) { min($0, $1.header.firstIndex) }
        guard let founding = files.lastIndex(where: { $0.header.firstIndex == firstIndex }) else { return }
        if log.clusterID == .none { log.clusterID = files[founding].header.clusterID }
        for file in files[founding...] where file.header.clusterID != log.clusterID {
            if let snapshot, snapshot.isReceived, expectedClusterID == .none, firstIndex == 1 {
                isVoid = true
                return
            }
            throw corruption(
                file.path, 8, "the segment belongs to cluster \(file.header.clusterID), not \(log.clusterID)")
        }
    }

    /// Begins the log at `file`: nothing is known of what was before.
    mutating func rebase(on file: File) throws(RecoveryFailure) {
        let header = file.header
        let isStart = header.firstIndex == 1
        guard header.firstIndex >= 1, isStart == (header.previousTerm == 0) else {
            throw corruption(
                file.path, 32, "no log begins at index \(header.firstIndex) behind term \(header.previousTerm)")
        }
        if log.tail == nil, header.number > 1 { log.nextBatch = 0 }
        base = LogPosition(index: header.firstIndex - 1, term: header.previousTerm)
        spans = []
    }

    /// Those of `entries`, which are in the log for good, that the snapshot does not hold.
    mutating func behindSnapshot(
        _ entries: [LogEntry], of file: File, at offset: UInt64
    ) throws(RecoveryFailure) -> ArraySlice<LogEntry> {
        guard let snapshot, let first = entries.first else { return entries[...] }
        let position = snapshot.position
        guard first.index <= position.index else { return isVoid ? [] : entries[...] }
        let rest = entries.drop { $0.index <= position.index }
        if let entry = entries[..<rest.startIndex].last, entry.index == position.index, entry.term != position.term {
            guard snapshot.isReceived, commitIndex < position.index else {
                throw corruption(
                    file.path, offset, "entry \(entry.position) is not the one that \(path(of: snapshot)) ends with")
            }
            isVoid = true
        }
        return isVoid ? [] : rest
    }

    /// The log is read: it goes on behind the snapshot, or is void.
    mutating func settle(with snapshot: Recovery.Snapshot, last: File?) throws(RecoveryFailure) {
        let position = snapshot.position
        if let last, base.index == position.index, base.term != position.term {
            throw corruption(
                last.path, 40, "the log goes on behind entry \(base), and \(path(of: snapshot)) ends at \(position)")
        }
        if log.lastPosition.index < position.index {
            guard snapshot.isReceived else {
                throw corruption(
                    log.tail?.path ?? SegmentName.directory, log.tail?.end ?? 0,
                    "the log ends at \(log.lastPosition), though \(path(of: snapshot)) was made from it")
            }
            isVoid = true
        }
        guard isVoid else { return commitIndex = max(commitIndex, position.index) }
        guard commitIndex < position.index else {
            throw corruption(
                path(of: snapshot), 0, "the log was committed up to \(commitIndex), and is not the one that it ends")
        }
        // The log goes as a whole: what its last batch is worth does not matter.
        tornTail = nil
        commitIndex = position.index
    }

    private func path(of snapshot: Recovery.Snapshot) -> String {
        SnapshotFile.path(of: snapshot.position, isReceived: snapshot.isReceived)
    }

    private func missing(_ number: UInt64, _ reason: String) -> RecoveryFailure {
        corruption(SegmentName.path(ofSegment: number), 0, "the segment is missing, \(reason)")
    }
}
