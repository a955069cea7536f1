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

extension StateMachine {
    /// The state after one entry, unchanged by later ones.
    package struct View: Sendable {
        /// What an entry takes beside the bytes of its key and value: two array headers and its place in a leaf.
        private static let entryOverhead = 96

        /// The index of the last entry applied; 0 before the first.
        package internal(set) var lastApplied: LogIndex = 0
        /// The time of the last command applied, in Unix milliseconds.
        package internal(set) var lastTimestamp: UInt64 = 0
        /// About how many bytes of memory the keys and values take.
        package private(set) var approximateBytes = 0

        private var map = OrderedMap<Versioned>()

        init() {}

        /// The number of keys.
        package var count: Int { map.count }

        /// The value of `key`, `nil` when it is absent.
        package func get(_ key: [UInt8]) -> Versioned? { map.get(key) }

        /// Calls `body` with all entries from the least key that does not sort before `start`, in order of the keys,
        /// until it returns `false`.
        package func forEach(from start: [UInt8] = [], _ body: (_ key: [UInt8], _ value: Versioned) -> Bool) {
            map.forEach(from: start, body)
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
            map.forEach(from: View.firstKey(prefix: prefix, startAfter: startAfter)) { key, versioned in
                guard key.starts(with: prefix) else { return false }
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

        /// The least key that a list may show.
        private static func firstKey(prefix: [UInt8], startAfter: [UInt8]?) -> [UInt8] {
            guard let startAfter, !KeyOrder.precedes(startAfter, prefix) else { return prefix }
            // The least byte string that sorts after another is that one and a zero byte.
            return startAfter + [0]
        }

        mutating func put(_ key: [UInt8], _ versioned: Versioned) -> Versioned? {
            let previous = map.put(key, versioned)
            approximateBytes += versioned.value.count - (previous?.value.count ?? 0)
            if previous == nil { approximateBytes += key.count + View.entryOverhead }
            return previous
        }

        mutating func remove(_ key: [UInt8]) -> Versioned? {
            guard let previous = map.remove(key) else { return nil }
            approximateBytes -= key.count + previous.value.count + View.entryOverhead
            return previous
        }
    }
}
