/// The next segment file, made ahead.
extension SegmentedLog {
    /// A zero-filled file made ahead.
    enum Preparation: Sendable {
        case none
        case underWay(path: String)
        case ready(path: String)
    }

    /// Makes the next segment file ahead, so that no append waits for the zeros.
    /// - Returns: what to do, beside appends if need be, then `preparationFinished()`, or `preparationFailed()` for want of space;
    ///   `nil` when a file is ready or under way.
    package mutating func preparation() -> [DiskOperation]? {
        guard case .none = nextFile else { return nil }
        let path = newFilePath()
        nextFile = .underWay(path: path)
        return [
            .create(path: path),
            .writeZeros(path: path, offset: 0, count: settings.segmentSize),
            .sync(path: path),
        ]
    }

    /// The operations of the last `preparation()` are done.
    package mutating func preparationFinished() {
        guard case .underWay(let path) = nextFile else { preconditionFailure("no segment is being prepared") }
        nextFile = .ready(path: path)
        leaveGrowingTail()
    }

    /// The operations of the last `preparation()` could not be done for want of space.
    /// - Returns: what removes the file, if its first operation was done. The next `preparation()` makes another one.
    package mutating func preparationFailed() -> [DiskOperation] {
        guard case .underWay(let path) = nextFile else { preconditionFailure("no segment is being prepared") }
        nextFile = .none
        return [.remove(path: path)]
    }

    /// How many bytes of batches the next appends may have without asking the file system for space: what is left of a zero-filled
    /// segment, or the zero-filled one behind it. Not the sum: what does not fit the rest of the one goes to the other.
    ///
    /// A file that grows offers nothing, nor does a prepared one to an entry that is larger than a segment.
    package var room: UInt64 {
        var rest: UInt64 = 0
        if let tail, let limit = tail.limit, tail.fileSize >= limit { rest = limit - tail.end }
        guard case .ready = nextFile else { return rest }
        return max(rest, settings.segmentSize - SegmentHeader.size)
    }

    /// A file that grows with every batch costs a journal commit with every sync (docs/decisions/0002-segmented-log.md): the log
    /// goes on in the prepared one.
    private mutating func leaveGrowingTail() {
        if let tail, tail.fileSize == tail.end { self.tail?.limit = nil }
    }

    /// The name of a file that may become a segment.
    mutating func newFilePath() -> String {
        preparedFiles += 1
        return SegmentName.path(ofPrepared: preparedFiles)
    }
}
