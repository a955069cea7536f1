/// A change of the tags of one heap.
package struct HeapCommand: Sendable, Equatable {
    package enum Action: Sendable, Equatable {
        /// These and no others: ascending by key, each key once.
        case replace([HeapTag])
        /// Sets some and takes some away, and leaves all others: ascending by key, each key once.
        case merge([TagChange])
        /// Takes all away.
        case clear
    }

    /// A ``Name``.
    package let heap: [UInt8]
    package let action: Action

    package init(_ heap: [UInt8], _ action: Action) {
        self.heap = heap
        self.action = action
    }

    /// Whether it may leave the state larger than it was.
    package var mayGrowState: Bool {
        switch action {
        case .replace(let tags): !tags.isEmpty
        case .merge(let changes): changes.contains { $0.value != nil }
        case .clear: false
        }
    }

    /// What it weighs while it waits, in bytes.
    package var byteCount: Int {
        switch action {
        case .replace(let tags): tags.reduce(heap.count) { $0 + $1.byteCount }
        case .merge(let changes): changes.reduce(heap.count) { $0 + $1.byteCount }
        case .clear: heap.count
        }
    }
}

extension HeapCommand {
    /// At most what it adds to the tags in its outcome, in bytes.
    var extraOutcomeBytes: Int {
        switch action {
        case .replace(let tags): HeapOutcome.byteCount(of: tags)
        case .merge(let changes): HeapOutcome.byteCount(of: changes.map { HeapTag(key: $0.key, value: $0.value ?? []) })
        case .clear: 0
        }
    }
}

/// What became of a change of a heap's tags.
package enum HeapOutcome: Sendable, Equatable {
    /// Done: the heap has these now, ascending by key.
    case tags([HeapTag], revision: UInt64)
    /// All were taken away; `deleted` is `false` when there was none.
    case cleared(revision: UInt64, deleted: Bool)
    /// Nothing changed: the heap would have more than ``HeapTag/maximumCount`` tags, or ``HeapTag/maximumBytes``.
    case tooMany

    /// What it takes beside the space of a plain outcome, in bytes.
    var extraByteCount: Int {
        if case .tags(let tags, _) = self { HeapOutcome.byteCount(of: tags) } else { 0 }
    }

    static func byteCount(of tags: [HeapTag]) -> Int { tags.reduce(0) { $0 + $1.byteCount + 80 } }
}
