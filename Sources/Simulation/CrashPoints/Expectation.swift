import Raft
import StateMachine

/// What a crash at some point may leave, going by what was promised and written until then: acknowledged <= recovered <= written.
struct Expectation: Sendable {
    /// A log that may be found: the one being written, or one before a truncation that is not on the disk yet.
    struct Chain: Sendable {
        /// All entries from index 1 on, those of a snapshot too.
        var entries: [LogEntry] = []
        /// How many of them were acknowledged: found in any case.
        var acknowledged: LogIndex = 0
        /// How many may be taken for committed.
        var committed: LogIndex = 0

        var last: LogPosition { entries.last?.position ?? .zero }

        func holds(_ position: LogPosition) -> Bool {
            guard position.index > 0, position.index <= LogIndex(entries.count) else { return position == .zero }
            return entries[Int(position.index) - 1].position == position
        }
    }

    /// Whose directory it may be; empty until it was made.
    var formats: [FormatFile] = []
    /// Whether an empty directory may be found.
    var mayBeEmpty = true
    /// The hard states that may be found: the last one promised, and those written since.
    var hardStates: [HardState] = [.initial]
    var chains = [Chain()]
    /// The ends of the snapshots that may be found; `.zero` stands for none.
    var snapshots: [LogPosition] = [.zero]
    /// What a simulated node told others, where one wrote the disk.
    var promises: Promises?
}

/// Compares what is found with what may be found, and remembers what that took.
struct Judge {
    private var stateDigests: [LogPosition: UInt64] = [:]
    private var entryDigests: [Stretch: UInt64] = [:]

    private struct Stretch: Hashable {
        let firstIndex: LogIndex
        let last: LogPosition
    }

    /// What is wrong with `found`; `nil` when nothing is.
    mutating func complaint(about found: FoundState, _ expected: Expectation, newcomer: FormatFile) -> String? {
        let isKnown = expected.formats.contains { $0.encode() == found.format }
        guard isKnown || (expected.mayBeEmpty && found.format == newcomer.encode()) else {
            return "FORMAT is \(String(decoding: found.format, as: UTF8.self)), which may not be there"
        }
        guard
            expected.hardStates.contains(where: {
                $0.currentTerm == found.term && $0.votedFor?.instance == found.votedFor
            })
        else {
            return "the hard state is term \(found.term), vote \(String(describing: found.votedFor)); "
                + "it may be \(expected.hardStates.map(\.summary))"
        }
        guard expected.snapshots.contains(found.snapshot) else {
            return "the snapshot ends at \(found.snapshot); it may end at \(expected.snapshots)"
        }
        let complaints = expected.chains.map { complaint(about: found, $0) }
        if let first = complaints.first, !complaints.contains(nil) { return first }
        guard let chain = zip(expected.chains, complaints).first(where: { $0.1 == nil })?.0 else {
            return "no log may be found at all"
        }
        return expected.promises?.broken(
            by: HardState(currentTerm: found.term, votedFor: found.votedFor.map { Identity(nodeID: "", instance: $0) }),
            last: found.last
        ) { $0.index <= found.last.index && chain.holds($0) }
    }

    private mutating func complaint(about found: FoundState, _ chain: Expectation.Chain) -> String? {
        guard chain.holds(found.last) else {
            return "the log ends at \(found.last), and what was written at \(chain.last): entries that nobody wrote"
        }
        guard found.last.index >= chain.acknowledged else {
            return "the log ends at \(found.last), and \(chain.acknowledged) was acknowledged: entries are lost"
        }
        guard chain.holds(found.snapshot) else { return "the snapshot ends at \(found.snapshot), of another log" }
        guard found.firstIndex <= found.snapshot.index + 1, found.last.index >= found.snapshot.index else {
            return "the log is \(found.firstIndex)...\(found.last), which leaves a gap to \(found.snapshot)"
        }
        guard found.entries == entries(from: found.firstIndex, of: chain, last: found.last) else {
            return "the entries \(found.firstIndex)...\(found.last) are not what was written"
        }
        guard found.commitIndex <= chain.committed else {
            return "\(found.commitIndex) is taken for committed, but only \(chain.committed) is"
        }
        guard (found.snapshot.index...found.commitIndex).contains(found.applied),
            found.state == state(at: found.applied, of: chain)
        else { return "the state at \(found.applied) is not what the entries lead to" }
        return nil
    }

    private mutating func entries(from first: LogIndex, of chain: Expectation.Chain, last: LogPosition) -> UInt64 {
        let stretch = Stretch(firstIndex: first, last: last)
        if let known = entryDigests[stretch] { return known }
        let start = min(Int(first) - 1, Int(last.index))
        let digest = EntryDigest.of(chain.entries[start..<Int(last.index)])
        entryDigests[stretch] = digest
        return digest
    }

    private mutating func state(at index: LogIndex, of chain: Expectation.Chain) -> UInt64 {
        let position = index == 0 ? .zero : chain.entries[Int(index) - 1].position
        if let known = stateDigests[position] { return known }
        var stateMachine = StateMachine()
        for entry in chain.entries.prefix(Int(index)) { stateMachine.apply(entry) }
        let digest = EntryDigest.of(stateMachine)
        stateDigests[position] = digest
        return digest
    }
}

extension HardState {
    var summary: String { "term \(currentTerm), vote \(votedFor.map { "\($0)" } ?? "none")" }
}
