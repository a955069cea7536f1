/// What a client was told.
package enum HistoryResult: Sendable, Equatable {
    /// It may take effect at any time after its start, or never.
    case unknown
    /// It surely never takes effect.
    case refused
    case put(revision: UInt64, created: Bool)
    case delete(revision: UInt64, deleted: Bool)
    /// The condition did not hold; `current` is the revision of the present value, `nil` when the key was absent.
    case conditionFailed(current: UInt64?)
    /// `nil` when the key was absent.
    case value(HistoryValue?)
    case page(HistoryPage)
    case transaction(succeeded: Bool, revision: UInt64, results: [StepResult])
    /// The changes in the order in which they came; none is missing up to `until`.
    case events([HistoryEvent], until: UInt64)
    case session(HistorySessionResult)
    case heap(HistoryHeapResult)

    /// What became of a step of a transaction.
    package enum StepResult: Sendable, Equatable {
        case put(created: Bool)
        case delete(deleted: Bool)
        case get(HistoryValue?)
    }

    /// Whether the client learned what became of its request.
    package var isAnswer: Bool {
        switch self {
        case .unknown, .refused: false
        default: true
        }
    }

    /// The revision that a write which took effect got.
    package var revision: UInt64? {
        switch self {
        case .put(let revision, _), .delete(let revision, _), .transaction(_, let revision, _): revision
        case .session(let result): result.revision
        case .heap(let result): result.revision
        default: nil
        }
    }
}

/// A value and the revision that wrote it.
package struct HistoryValue: Sendable, Hashable {
    package var value: Symbol
    package var revision: UInt64

    package init(value: Symbol, revision: UInt64) {
        self.value = value
        self.revision = revision
    }
}

/// A part of a list.
package struct HistoryPage: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var key: Symbol
        package var found: HistoryValue

        package init(key: Symbol, _ found: HistoryValue) {
            self.key = key
            self.found = found
        }
    }

    /// The last revision that the page knows of.
    package var revision: UInt64
    package var entries: [Entry]
    /// Whether more keys follow.
    package var hasMore: Bool

    package init(revision: UInt64, entries: [Entry], hasMore: Bool) {
        self.revision = revision
        self.entries = entries
        self.hasMore = hasMore
    }
}

/// A change that a watch told of.
package struct HistoryEvent: Sendable, Hashable {
    package var revision: UInt64
    /// Counts the changes of one revision, from 0 on.
    package var number: UInt32
    package var key: Symbol
    /// `nil` for a delete.
    package var value: Symbol?

    package init(revision: UInt64, number: UInt32, key: Symbol, value: Symbol?) {
        self.revision = revision
        self.number = number
        self.key = key
        self.value = value
    }
}
