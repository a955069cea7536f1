/// What a client asked of the tags of a heap.
package struct HistoryHeapRequest: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        /// These and no others.
        case replace(HistoryTags)
        /// Sets some, takes some away (`nil`), and leaves all others.
        case merge([Symbol: Symbol?])
        case clear
        /// - Parameter isStale: whatever the node held, in place of the linearizable tags.
        case tags(isStale: Bool)
    }

    package var heap: Symbol
    package var action: Action

    package init(_ heap: Symbol, _ action: Action) {
        self.heap = heap
        self.action = action
    }

    package var isWrite: Bool {
        if case .tags = action { false } else { true }
    }

    package var isStale: Bool { action == .tags(isStale: true) }

    /// Whether `result` is one of it.
    func mayHave(_ result: HistoryHeapResult) -> Bool {
        switch (action, result) {
        case (.replace, .changed), (.merge, .changed), (.clear, .cleared), (.tags, .tags): true
        default: false
        }
    }
}

/// What a client was told of the tags of a heap.
package enum HistoryHeapResult: Sendable, Equatable {
    /// The heap has these now. The revision is `nil` where clients are not told it.
    case changed(HistoryTags, revision: UInt64?)
    case cleared(revision: UInt64, deleted: Bool)
    case tags(HistoryTags)

    var revision: UInt64? {
        switch self {
        case .changed(_, let revision): revision
        case .cleared(let revision, _): revision
        case .tags: nil
        }
    }
}

/// The tags of one heap: values by key.
package typealias HistoryTags = [Symbol: Symbol]
