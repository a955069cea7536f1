/// A change of one session log.
package struct SessionCommand: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        /// Adds an entry at the end, if the log ends as expected.
        case append(SessionEntry, expecting: ExpectedHead)
        /// Makes another log of the same entries, with the same indexes and times.
        case fork(to: [UInt8])
        /// Drops the entries before an index.
        case trim(before: UInt64)
        /// Drops the log; one that is begun under its name later starts at 0 again.
        case delete
    }

    /// A ``Name``.
    package let session: [UInt8]
    package let action: Action

    package init(_ session: [UInt8], _ action: Action) {
        self.session = session
        self.action = action
    }

    /// Whether it may leave the state larger than it was.
    package var mayGrowState: Bool {
        switch action {
        case .append, .fork: true
        case .trim, .delete: false
        }
    }

    /// What it weighs while it waits, in bytes.
    package var byteCount: Int {
        switch action {
        case .append(let entry, .heap(let head)): session.count + entry.byteCount + head.count
        case .append(let entry, _): session.count + entry.byteCount
        case .fork(let target): session.count + target.count
        case .trim, .delete: session.count
        }
    }
}

/// What the newest entry of a log must be for another one to follow it: so two agents do not both go on from the same heap unnoticed.
package enum ExpectedHead: Sendable, Equatable {
    case anything
    /// The log has no entry.
    case empty
    /// The newest entry has this output heap.
    case heap([UInt8])

    /// Whether it holds for a log whose newest entry has this output heap, `nil` when it has no entry.
    func holds(for head: [UInt8]?) -> Bool {
        switch self {
        case .anything: true
        case .empty: head == nil
        case .heap(let expected): head == expected
        }
    }
}

/// What became of a change of a session log.
package enum SessionOutcome: Sendable, Equatable {
    case appended(index: UInt64, revision: UInt64)
    /// Nothing changed: the newest entry has another output heap, `nil` when there is no entry.
    case headMismatch(head: [UInt8]?)
    case forked(revision: UInt64)
    /// Nothing changed: there is a log of that name.
    case targetExists
    /// Nothing changed: there is no entry to begin with.
    case sourceEmpty
    /// `removed` entries were dropped.
    case trimmed(revision: UInt64, removed: UInt64)
    /// `deleted` is `false` when there was none.
    case deleted(revision: UInt64, deleted: Bool)

    /// What it takes beside the space of a plain outcome, in bytes.
    var extraByteCount: Int {
        if case .headMismatch(let head?) = self { head.count } else { 0 }
    }
}
