import Raft
import StateMachine

/// The state that a directory holds: its snapshot, and the entries after it that are known to be committed.
struct AppliedData {
    private(set) var machine: StateMachine
    /// Whether an entry was missing, so that what follows it could not be applied.
    private(set) var hasGap = false
    /// Entries that no batch has told to be committed yet.
    private var pending: [LogEntry] = []

    /// - Parameter machine: as the newest snapshot has it.
    init(_ machine: StateMachine = StateMachine()) {
        self.machine = machine
    }

    mutating func add(_ entries: [LogEntry], commitIndex: LogIndex) {
        if let first = entries.first { pending.removeAll { $0.index >= first.index } }
        pending += entries
        let committed = pending.prefix { $0.index <= commitIndex }
        for entry in committed where !hasGap && entry.index > machine.lastApplied {
            if entry.index == machine.lastApplied + 1 { machine.apply(entry) } else { hasGap = true }
        }
        pending.removeFirst(committed.count)
    }
}
