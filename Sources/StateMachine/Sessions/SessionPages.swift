/// What is asked of the session logs.
package enum SessionQuery: Sendable, Equatable {
    /// The names of all logs, in their order, a page at a time.
    case names(startAfter: [UInt8]?, limit: Int, maxBytes: Int)
    /// The entries of a log, in their order, a page at a time.
    case entries(session: [UInt8], startAfter: UInt64?, limit: Int, maxBytes: Int)
    /// The newest entries of a log, in their order, as many as a page holds.
    case tail(session: [UInt8], limit: Int, maxBytes: Int)
    /// The newest entry of a log.
    case latest(session: [UInt8])
}

/// The answer to a ``SessionQuery``.
package enum SessionAnswer: Sendable, Equatable {
    /// Ascending; go on after `next`, which is `nil` at the end.
    case names([[UInt8]], next: [UInt8]?)
    /// Ascending; go on after `next`, which is `nil` at the end. A log that does not exist has no entries.
    case entries([LoggedSessionEntry], next: UInt64?)
    /// Ascending; `nil` when there is no such log.
    case tail([LoggedSessionEntry]?)
    /// `nil` when there is none.
    case latest(LoggedSessionEntry?)
}

extension SessionLogs {
    /// - Complexity: O(log n), and O(bytes) of the page.
    func answer(_ query: SessionQuery) -> SessionAnswer {
        switch query {
        case .names(let startAfter, let limit, let maxBytes):
            names(startAfter: startAfter, limit: limit, maxBytes: maxBytes)
        case .entries(let session, let startAfter, let limit, let maxBytes):
            entries(of: session, startAfter: startAfter, limit: limit, maxBytes: maxBytes)
        case .tail(let session, let limit, let maxBytes):
            .tail(get(session).map { $0.tail(limit: limit, maxBytes: maxBytes) })
        case .latest(let session): .latest(get(session)?.latest)
        }
    }

    private func names(startAfter: [UInt8]?, limit: Int, maxBytes: Int) -> SessionAnswer {
        var page = PageFill(limit: limit, maxBytes: maxBytes)
        var names: [[UInt8]] = []
        logs.forEach(from: startAfter.map { $0 + [0] } ?? []) { name, _ in
            guard page.admits(name.count) else { return false }
            names.append(name)
            return true
        }
        return .names(names, next: page.isCut ? names.last : nil)
    }

    private func entries(of session: [UInt8], startAfter: UInt64?, limit: Int, maxBytes: Int) -> SessionAnswer {
        guard let log = get(session), startAfter != .max else { return .entries([], next: nil) }
        var page = PageFill(limit: limit, maxBytes: maxBytes)
        var entries: [LoggedSessionEntry] = []
        log.forEach(from: startAfter.map { $0 + 1 } ?? 0) { index, encoded in
            guard page.admits(encoded.count) else { return false }
            entries.append(SessionLog.decoded(index, encoded))
            return true
        }
        return .entries(entries, next: page.isCut ? entries.last?.index : nil)
    }
}

/// How much of a page is taken.
struct PageFill {
    private let limit: Int
    private let maxBytes: Int
    private var count = 0
    private var bytes = 0
    /// Whether something found no room.
    private(set) var isCut = false

    /// - Parameters:
    ///   - limit: the most items, at least 1.
    ///   - maxBytes: the most bytes; exceeded only by a page of one item.
    init(limit: Int, maxBytes: Int) {
        precondition(limit >= 1, "a page of \(limit) items")
        self.limit = limit
        self.maxBytes = maxBytes
    }

    /// Takes the next item, or cuts the page before it.
    mutating func admits(_ itemBytes: Int) -> Bool {
        guard count == 0 || (count < limit && bytes + itemBytes <= maxBytes) else {
            isCut = true
            return false
        }
        count += 1
        bytes += itemBytes
        return true
    }
}
