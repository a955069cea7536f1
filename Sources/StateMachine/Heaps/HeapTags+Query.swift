/// What is asked of the heaps' tags.
package enum HeapQuery: Sendable, Equatable {
    /// The tags of one heap.
    case tags(heap: [UInt8])
    /// The heaps that have all of these tags, in the order of their names, a page at a time; all heaps that have any when none is given.
    case heaps(with: [HeapTag], startAfter: [UInt8]?, limit: Int, maxBytes: Int)
}

/// The answer to a ``HeapQuery``.
package enum HeapAnswer: Sendable, Equatable {
    package struct Heap: Sendable, Equatable {
        package let name: [UInt8]
        /// Ascending by key.
        package let tags: [HeapTag]
    }

    /// Ascending by key.
    case tags([HeapTag])
    /// Go on after `next`, which is `nil` at the end. A page may have fewer heaps than it might, and even none, before the end.
    case heaps([Heap], next: [UInt8]?)
}

extension HeapTags {
    /// The most places of the index that one page looks at. Each costs about a microsecond, and the event loop waits.
    static let maximumSteps = 2048

    /// - Complexity: O(log n) a step: as many as the page has heaps, times the tags, where the tags go together; at most ``maximumSteps``.
    func answer(_ query: HeapQuery) -> HeapAnswer {
        switch query {
        case .tags(let heap): .tags(tags(of: heap).tags)
        case .heaps(let tags, let startAfter, let limit, let maxBytes):
            heaps(with: tags, startAfter: startAfter, page: PageFill(limit: limit, maxBytes: maxBytes))
        }
    }

    private func heaps(with tags: [HeapTag], startAfter: [UInt8]?, page: PageFill) -> HeapAnswer {
        var page = page
        var found: [HeapAnswer.Heap] = []
        var search = TagSearch(tags, in: self, startAfter: startAfter)
        while let name = search.next() {
            let tags = self.tags(of: name)
            guard page.admits(name.count + tags.byteCount) else { return .heaps(found, next: found.last?.name) }
            found.append(HeapAnswer.Heap(name: name, tags: tags.tags))
        }
        return .heaps(found, next: search.isSuspended ? search.last : nil)
    }
}

/// Walks the heaps that have all of some tags: one list of the index after the other is moved on to the first heap that is not before
/// where the others are, until all agree (leapfrog join: Veldhuizen, 2014). The rarest tag decides how far they go at once.
private struct TagSearch {
    private let prefixes: [[UInt8]]
    private let heaps: HeapTags
    private var steps = 0
    /// No heap at or before this one is still to be found; `nil` at the beginning.
    private(set) var last: [UInt8]?
    /// Whether it has looked long enough, and has not come to the end.
    private(set) var isSuspended = false

    init(_ tags: [HeapTag], in heaps: HeapTags, startAfter: [UInt8]?) {
        prefixes = tags.map(TagIndex.prefix)
        self.heaps = heaps
        last = startAfter
    }

    /// The next heap that has all tags; `nil` at the end, or when enough was looked at.
    mutating func next() -> [UInt8]? {
        var candidate: [UInt8]? = last.map { $0 + [0] } ?? []
        /// How many lists in a row have the candidate.
        var agreeing = 0
        while let least = candidate {
            guard steps < HeapTags.maximumSteps else {
                isSuspended = true
                return nil
            }
            let found = first(from: least, list: steps % max(prefixes.count, 1))
            steps += 1
            if agreeing > 0, found == least {
                agreeing += 1
            } else {
                // This list does not have it: nobody need look at it again.
                if agreeing > 0 { last = least }
                agreeing = 1
            }
            candidate = found
            if agreeing >= prefixes.count, let found {
                last = found
                return found
            }
        }
        return nil
    }

    /// The first heap of a list that is not before `least`.
    private func first(from least: [UInt8], list: Int) -> [UInt8]? {
        var found: [UInt8]?
        guard !prefixes.isEmpty else {
            heaps.heaps.forEach(from: least) { name, _ in
                found = name
                return false
            }
            return found
        }
        let prefix = prefixes[list]
        heaps.index.forEach(from: prefix + least) { key, _ in
            if key.starts(with: prefix) { found = Array(key[prefix.count...]) }
            return false
        }
        return found
    }
}
