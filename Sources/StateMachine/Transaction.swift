/// A demand on one key that a transaction compares.
package struct Comparison: Sendable, Equatable {
    package enum Demand: Sendable, Equatable {
        /// The key is present and has this value.
        case value([UInt8])
        /// The key is present and was written at this revision.
        case revision(UInt64)
        case exists(Bool)
    }

    package let key: [UInt8]
    package let demand: Demand

    package init(key: [UInt8], _ demand: Demand) {
        self.key = key
        self.demand = demand
    }

    /// Whether it holds for a key that has this value, `nil` when the key is absent.
    package func holds(for current: Versioned?) -> Bool {
        switch demand {
        case .value(let value): current?.value == value
        case .revision(let revision): current?.revision == revision
        case .exists(let exists): (current != nil) == exists
        }
    }

    fileprivate var byteCount: Int {
        if case .value(let value) = demand { key.count + value.count } else { key.count }
    }
}

/// A step of a transaction.
package enum TransactionOperation: Sendable, Equatable {
    case put(key: [UInt8], value: [UInt8])
    case delete(key: [UInt8])
    case get(key: [UInt8])

    package var key: [UInt8] {
        switch self {
        case .put(let key, _), .delete(let key), .get(let key): key
        }
    }

    /// What a put writes; `nil` for the others.
    package var value: [UInt8]? {
        if case .put(_, let value) = self { value } else { nil }
    }
}

/// What became of a step of a transaction.
package enum TransactionResult: Sendable, Equatable {
    /// `created` when the key was absent before.
    case put(created: Bool)
    /// `deleted` is `false` when the key was absent anyway.
    case delete(deleted: Bool)
    /// `nil` when the key is absent.
    case get(Versioned?)
}

/// If all comparisons hold, the steps of one branch, else those of the other: at once, nothing comes between.
package struct Transaction: Sendable, Equatable {
    /// The most bytes of values that the gets of a branch may find together, unless it has a single one: as much as a page of a list. The
    /// outcome travels in a message, and is kept for a retry.
    package static let maximumFoundBytes = 4 << 20

    package let compare: [Comparison]
    /// What is done if all of `compare` holds. It names a key at most once: one that names a key twice does not decode.
    package let then: [TransactionOperation]
    /// What is done otherwise; the same holds.
    package let otherwise: [TransactionOperation]

    package init(compare: [Comparison], then: [TransactionOperation], otherwise: [TransactionOperation]) {
        self.compare = compare
        self.then = then
        self.otherwise = otherwise
    }

    /// All keys and values together, in bytes.
    package var byteCount: Int {
        compare.reduce(0) { $0 + $1.byteCount }
            + (then + otherwise).reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) }
    }
}
