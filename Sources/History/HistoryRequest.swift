/// What a client asked for.
package enum HistoryRequest: Sendable, Equatable {
    case put(key: Symbol, value: Symbol, HistoryCondition)
    case delete(key: Symbol, HistoryCondition)
    /// - Parameter isStale: whatever the node held, in place of the linearizable value.
    case get(key: Symbol, isStale: Bool)
    case list(HistoryList)
    case transaction(HistoryTransaction)
    /// All changes to keys that begin with `prefix`, from a revision on, over as many connections as it took.
    case watch(prefix: Symbol, from: UInt64)
    case session(HistorySessionRequest)
    case heap(HistoryHeapRequest)

    package var isWrite: Bool {
        switch self {
        case .put, .delete, .transaction: true
        case .get, .list, .watch: false
        case .session(let request): request.isWrite
        case .heap(let request): request.isWrite
        }
    }

    /// Whether it is about keys and their values.
    var isOfKeys: Bool {
        switch self {
        case .put, .delete, .get, .list, .transaction, .watch: true
        case .session, .heap: false
        }
    }
}

/// What a single write demands of its key.
package enum HistoryCondition: Sendable, Equatable {
    case none
    case absent
    case exists
    /// The key is present and was written at this revision.
    case revision(UInt64)
}

/// A page of keys in their order.
package struct HistoryList: Sendable, Equatable {
    package var prefix: Symbol
    package var startAfter: Symbol?
    package var limit: Int
    package var isStale: Bool

    package init(prefix: Symbol, startAfter: Symbol? = nil, limit: Int, isStale: Bool = false) {
        self.prefix = prefix
        self.startAfter = startAfter
        self.limit = limit
        self.isStale = isStale
    }
}

/// If all comparisons hold, the steps of one branch, else those of the other. A branch names a key at most once.
package struct HistoryTransaction: Sendable, Equatable {
    package struct Comparison: Sendable, Equatable {
        package enum Demand: Sendable, Equatable {
            case value(Symbol)
            case revision(UInt64)
            case exists(Bool)
        }

        package var key: Symbol
        package var demand: Demand

        package init(key: Symbol, _ demand: Demand) {
            self.key = key
            self.demand = demand
        }
    }

    package enum Step: Sendable, Equatable {
        case put(key: Symbol, value: Symbol)
        case delete(key: Symbol)
        case get(key: Symbol)

        package var key: Symbol {
            switch self {
            case .put(let key, _), .delete(let key), .get(let key): key
            }
        }
    }

    package var compare: [Comparison]
    package var then: [Step]
    package var otherwise: [Step]

    package init(compare: [Comparison], then: [Step], otherwise: [Step]) {
        self.compare = compare
        self.then = then
        self.otherwise = otherwise
    }

    /// The steps that are taken when all comparisons hold, or when one does not.
    func branch(_ succeeded: Bool) -> [Step] { succeeded ? then : otherwise }

    /// The keys that it names, each once.
    var keys: [Symbol] {
        var keys: [Symbol] = []
        for key in compare.map(\.key) + (then + otherwise).map(\.key) where !keys.contains(key) { keys.append(key) }
        return keys
    }
}
