package import Raft

/// A value and the index of the entry that wrote it.
package struct Versioned: Sendable, Equatable {
    package let value: [UInt8]
    package let revision: UInt64

    package init(value: [UInt8], revision: UInt64) {
        self.value = value
        self.revision = revision
    }
}

/// A part of a list.
package struct Page: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let key: [UInt8]
        package let value: [UInt8]
        package let revision: UInt64
    }

    /// Ascending by key.
    package let entries: [Entry]
    /// The last key here if more remain: what the next page starts after. `nil` at the end.
    package let next: [UInt8]?
    /// The index of the last entry applied when the page was read.
    package let revision: UInt64
}

/// What the map holds of a key.
struct MapEntry: Sendable {
    let versioned: Versioned
    /// ``StateHash/entry(_:_:revision:)``: kept, so that the value need not be read again when it goes.
    let hash: StateHash
}

extension StateMachine {
    /// The whole state after one entry, unchanged by later ones: what clients wrote, and what is remembered of their requests, of the
    /// changes and of the members.
    package struct View: Sendable {
        /// What an entry takes beside the bytes of its key and value: two array headers and its place in a leaf.
        static let entryOverhead = 112

        /// The last entry applied; zero before the first.
        package internal(set) var position = LogPosition.zero
        /// The time of the last command applied, in Unix milliseconds.
        package internal(set) var lastTimestamp: UInt64 = 0
        /// The members, as the last configuration entry applied tells them.
        package internal(set) var configuration = Configuration.none
        /// The index of that entry; 0 before the first.
        package internal(set) var configurationIndex: LogIndex = 0
        /// What the members say of themselves, ascending by instance.
        package internal(set) var announcements: [Announcement] = []
        /// What the members have told of their states' hashes, and what follows from it.
        package internal(set) var comparison = HashComparison()

        /// The retry tables' time.
        var clock = EntryClock()
        var map = OrderedMap<MapEntry>()
        /// Of the keys and values.
        var mapBytes = 0
        /// The sum over the entries of the map.
        var entriesHash = StateHash.zero
        /// Of requests that nodes forward.
        var retries = RetryTable()
        /// Of requests that clients named.
        var keyedRetries = KeyedRetries()
        var history = EventHistory()
        var sessionLogs = SessionLogs()
        var heapTags = HeapTags()
        var mcpSessions = MCPSessions()
        /// Of session logs and heaps.
        var resourceHistory = ResourceHistory()

        /// The state before the first entry.
        init(
            history: EventHistory.Limits = .standard, keyedRetries: KeyedRetries.Limits = .standard,
            resources: EventHistory.Limits = ResourceHistory.standardLimits,
            mcpSessions: MCPSessions.Limits = .standard
        ) {
            self.history = EventHistory(limits: history)
            resourceHistory = ResourceHistory(limits: resources)
            self.keyedRetries = KeyedRetries(limits: keyedRetries)
            self.mcpSessions = MCPSessions(limits: mcpSessions)
        }

        /// The index of the last entry applied; 0 before the first.
        package var lastApplied: LogIndex { position.index }

        /// About how many bytes of memory all of it takes; what map and history share counts twice. A sum over what is there: the same on
        /// every node, whatever it went through.
        package var approximateBytes: Int {
            contentBytes + retries.bytes + keyedRetries.bytes + history.bytes + resourceHistory.events.bytes
                + mcpSessions.bytes + announcements.reduce(0) { $0 + $1.byteCount }
        }

        /// About how many bytes what clients wrote takes: keys and values, session logs, tags.
        package var contentBytes: Int { mapBytes + sessionLogs.bytes + heapTags.bytes }

        /// The number of keys.
        package var count: Int { map.count }

        /// The number of session logs.
        package var sessionLogCount: Int { sessionLogs.count }

        /// The number of heaps that have tags.
        package var taggedHeapCount: Int { heapTags.count }

        /// The value of `key`, `nil` when it is absent.
        package func get(_ key: [UInt8]) -> Versioned? { map.get(key)?.versioned }

        /// Calls `body` with all entries from the least key that does not sort before `start`, in order of the keys,
        /// until it returns `false`.
        package func forEach(from start: [UInt8] = [], _ body: (_ key: [UInt8], _ value: Versioned) -> Bool) {
            map.forEach(from: start) { body($0, $1.versioned) }
        }

        /// The entries whose keys begin with `prefix`, in order, a page at a time.
        /// - Parameters:
        ///   - startAfter: only keys that sort after this one; it need not be present, nor begin with `prefix`.
        ///   - limit: the most entries, at least 1.
        ///   - maxBytes: the most bytes of keys and values together; exceeded only by a page of one entry.
        /// - Complexity: O(log n) and O(1) an entry of the page.
        package func list(prefix: [UInt8], startAfter: [UInt8]? = nil, limit: Int, maxBytes: Int) -> Page {
            precondition(limit >= 1, "a page of \(limit) entries")
            var entries: [Page.Entry] = []
            var bytes = 0
            var isComplete = true
            map.forEach(from: View.firstKey(prefix: prefix, startAfter: startAfter)) { key, entry in
                guard key.starts(with: prefix) else { return false }
                let versioned = entry.versioned
                bytes += key.count + versioned.value.count
                guard entries.isEmpty || (entries.count < limit && bytes <= maxBytes) else {
                    isComplete = false
                    return false
                }
                entries.append(Page.Entry(key: key, value: versioned.value, revision: versioned.revision))
                return true
            }
            return Page(entries: entries, next: isComplete ? nil : entries.last?.key, revision: lastApplied)
        }

        /// The changes after `position` to keys that begin with `prefix`, in order, a page at a time.
        ///
        /// After `(r, .max)` come those of revision `r + 1` and later.
        /// - Parameters:
        ///   - limit: the most events, at least 1.
        ///   - maxBytes: the most bytes of keys and values together; exceeded only by a page of one event.
        /// - Complexity: O(log n), and a bounded number of events whether they match or not.
        package func events(
            after position: EventPosition, prefix: [UInt8] = [], limit: Int, maxBytes: Int
        ) -> EventPage {
            history.page(after: position, prefix: prefix, limit: limit, maxBytes: maxBytes, end: lastApplied)
        }

        /// The history is complete from this revision on.
        package var historyFloor: UInt64 { history.floor }

        /// The number of changes in the history.
        package var historyCount: Int { history.count }

        /// The number of outcomes that are kept for clients' keys.
        package var keyedRetryCount: Int { keyedRetries.count }

        /// The least key that a list may show.
        private static func firstKey(prefix: [UInt8], startAfter: [UInt8]?) -> [UInt8] {
            guard let startAfter, !KeyOrder.precedes(startAfter, prefix) else { return prefix }
            // The least byte string that sorts after another is that one and a zero byte.
            return startAfter + [0]
        }
    }
}
