/// What a client asked of a session log.
package struct HistorySessionRequest: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        case append(HistoryEntry, expecting: HistoryHead)
        case fork(to: Symbol)
        case trim(before: UInt64)
        case delete
        /// - Parameter isStale: whatever the node held, in place of the linearizable log.
        case entries(startAfter: UInt64?, limit: Int, isStale: Bool)
        case latest(isStale: Bool)
    }

    package var session: Symbol
    package var action: Action

    package init(_ session: Symbol, _ action: Action) {
        self.session = session
        self.action = action
    }

    package var isWrite: Bool {
        switch action {
        case .append, .fork, .trim, .delete: true
        case .entries, .latest: false
        }
    }

    package var isStale: Bool {
        switch action {
        case .entries(_, _, let isStale), .latest(let isStale): isStale
        case .append, .fork, .trim, .delete: false
        }
    }

    /// The logs that it names.
    var sessions: [Symbol] {
        if case .fork(let target) = action { [session, target] } else { [session] }
    }

    /// Whether `result` is one of it.
    func mayHave(_ result: HistorySessionResult) -> Bool {
        switch (action, result) {
        case (.append, .appended), (.append, .headMismatch), (.fork, .forked), (.fork, .targetExists),
            (.fork, .sourceEmpty), (.trim, .trimmed), (.delete, .deleted), (.entries, .entries), (.latest, .latest):
            true
        default: false
        }
    }
}

/// What a client was told of a session log.
package enum HistorySessionResult: Sendable, Equatable {
    case appended(index: UInt64, revision: UInt64)
    /// Nothing changed: the newest entry has another heap, `nil` when there is no entry.
    case headMismatch(head: Symbol?)
    /// The revision is `nil` where clients are not told it.
    case forked(revision: UInt64?)
    case targetExists
    case sourceEmpty
    case trimmed(revision: UInt64, removed: UInt64)
    case deleted(revision: UInt64, deleted: Bool)
    /// A page; whether more entries follow.
    case entries([HistoryLogged], hasMore: Bool)
    case latest(HistoryLogged?)

    var revision: UInt64? {
        switch self {
        case .appended(_, let revision), .trimmed(let revision, _), .deleted(let revision, _): revision
        case .forked(let revision): revision
        case .headMismatch, .targetExists, .sourceEmpty, .entries, .latest: nil
        }
    }
}

/// An entry of a session log, as far as a history has it.
package struct HistoryEntry: Sendable, Hashable {
    /// The output heap.
    package var heap: Symbol
    package var code: Symbol

    package init(heap: Symbol, code: Symbol) {
        self.heap = heap
        self.code = code
    }
}

/// An entry and its index.
package struct HistoryLogged: Sendable, Hashable {
    package var index: UInt64
    package var entry: HistoryEntry

    package init(index: UInt64, _ entry: HistoryEntry) {
        self.index = index
        self.entry = entry
    }
}

/// What an append demands of the newest entry.
package enum HistoryHead: Sendable, Hashable {
    case anything
    /// There is none.
    case empty
    case heap(Symbol)

    /// Whether it holds for a log whose newest entry has this heap, `nil` when there is none.
    func holds(for head: Symbol?) -> Bool {
        switch self {
        case .anything: true
        case .empty: head == nil
        case .heap(let expected): head == expected
        }
    }
}
