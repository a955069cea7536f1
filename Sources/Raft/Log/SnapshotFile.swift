/// A snapshot of the state machine in `data/`, by its name: `00000000000000001234-7.snapshot` is the state at index 1234, whose
/// entry has term 7, made here; `….received` came from a leader.
package struct SnapshotFile: Sendable, Equatable {
    package static let directory = "data"
    /// Where a snapshot of this node's own state is written. It takes its name once it is whole and synced.
    package static let writingPath = "data/writing"
    /// Where a leader's snapshot is received.
    package static let receivingPath = "data/receiving"

    private static let ownSuffix = ".snapshot"
    private static let receivedSuffix = ".received"
    /// As many digits as the highest index has, so that names sort by it.
    private static let indexDigits = 20

    /// The last entry that the snapshot holds.
    package let position: LogPosition
    /// Whether a leader sent it: then the log may not reach it yet, after a crash.
    package let isReceived: Bool

    package init(position: LogPosition, isReceived: Bool) {
        self.position = position
        self.isReceived = isReceived
    }

    /// Relative to the data directory.
    package var path: String { Self.path(of: position, isReceived: isReceived) }

    /// Where the snapshot at `position` is, relative to the data directory.
    package static func path(of position: LogPosition, isReceived: Bool) -> String {
        let digits = String(position.index)
        let padding = String(repeating: "0", count: indexDigits - digits.count)
        return "\(directory)/\(padding)\(digits)-\(position.term)\(isReceived ? receivedSuffix : ownSuffix)"
    }

    /// The snapshot that a file called `name` in ``directory`` is, or `nil` when none is called so.
    package static func parse(_ name: String) -> SnapshotFile? {
        let isReceived = name.hasSuffix(receivedSuffix)
        guard isReceived || name.hasSuffix(ownSuffix) else { return nil }
        let stem = name.dropLast(isReceived ? receivedSuffix.count : ownSuffix.count)
        let parts = stem.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = LogIndex(parts[0]), let term = Term(parts[1]),
            (1...LogPosition.maximumIndex).contains(index), (1...LogPosition.maximumTerm).contains(term)
        else { return nil }
        let file = SnapshotFile(position: LogPosition(index: index, term: term), isReceived: isReceived)
        return file.path == "\(directory)/\(name)" ? file : nil
    }
}
