import Bytes

/// A mark on a heap.
package struct HeapTag: Sendable, Equatable {
    /// 1 to 256 bytes of UTF-8.
    package static let maximumKeyCount = 256
    /// The longest value, in bytes of UTF-8; it may be empty.
    package static let maximumValueCount = 4096
    /// The most tags of one heap.
    package static let maximumCount = 256
    /// The most bytes that the tags of one heap may have together.
    package static let maximumBytes = 64 << 10

    package let key: [UInt8]
    package let value: [UInt8]

    package init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }

    package var byteCount: Int { key.count + value.count }

    /// Whether a heap may have all of these.
    package static func areWithinLimits(_ tags: [HeapTag]) -> Bool { TagSet(tags).isWithinLimits }

    /// Why these cannot be a tag; `nil` when they can. Without a value, why the key cannot be one.
    package static func refusal(key: [UInt8], value: [UInt8]?) -> String? {
        guard (1...maximumKeyCount).contains(key.count) else {
            return "the key of a tag has 1 to \(maximumKeyCount) bytes, not \(key.count)"
        }
        guard UTF8Text.isValid(key), UTF8Text.isValid(value ?? []) else { return "a tag is not valid UTF-8" }
        guard value?.count ?? 0 <= maximumValueCount else {
            return "the value of a tag has at most \(maximumValueCount) bytes, not \(value?.count ?? 0)"
        }
        return nil
    }
}

/// A change of one tag: its new value, `nil` to take it away.
package struct TagChange: Sendable, Equatable {
    package let key: [UInt8]
    package let value: [UInt8]?

    package init(key: [UInt8], value: [UInt8]?) {
        self.key = key
        self.value = value
    }

    var byteCount: Int { key.count + (value?.count ?? 0) }
}

/// The tags of one heap.
struct TagSet: Sendable, Equatable {
    /// Ascending by key, each key once.
    private(set) var tags: [HeapTag]

    /// - Parameter tags: ascending by key, each key once.
    init(_ tags: [HeapTag] = []) { self.tags = tags }

    var isEmpty: Bool { tags.isEmpty }
    var byteCount: Int { tags.reduce(0) { $0 + $1.byteCount } }
    /// Whether a heap may have all of these.
    var isWithinLimits: Bool { tags.count <= HeapTag.maximumCount && byteCount <= HeapTag.maximumBytes }

    func contains(_ tag: HeapTag) -> Bool {
        let place = place(of: tag.key)
        return place < tags.count && tags[place] == tag
    }

    /// Sets, or takes away, one after the other.
    mutating func apply(_ changes: [TagChange]) {
        for change in changes {
            let place = place(of: change.key)
            let isPresent = place < tags.count && tags[place].key == change.key
            switch change.value {
            case .some(let value) where isPresent: tags[place] = HeapTag(key: change.key, value: value)
            case .some(let value): tags.insert(HeapTag(key: change.key, value: value), at: place)
            case .none: if isPresent { tags.remove(at: place) }
            }
        }
    }

    /// Where a key is, or would be.
    private func place(of key: [UInt8]) -> Int {
        var low = 0
        var high = tags.count
        while low < high {
            let middle = (low + high) / 2
            if KeyOrder.precedes(tags[middle].key, key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
