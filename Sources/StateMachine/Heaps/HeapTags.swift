import Bytes

/// The tags of all heaps, and the index that finds heaps by them.
///
/// A heap without tags is not kept.
struct HeapTags: Sendable {
    /// What a heap takes beside its bytes, and each of its tags, its place in the index included.
    static let heapOverhead = 160
    static let tagOverhead = 192

    private(set) var heaps = OrderedMap<TagSet>()
    /// One key for each tag of each heap: ``TagIndex/key(_:heap:)``. Follows from `heaps`.
    private(set) var index = OrderedMap<Indexed>()
    /// About how many bytes they take: a sum over what is there.
    private(set) var bytes = 0
    /// The sum over the heaps.
    private(set) var hash = StateHash.zero

    /// There is nothing to be said of a place in the index but that it is there.
    struct Indexed: Sendable {}

    init() {}

    /// The index and the sums follow from the heaps.
    /// - Complexity: O(tags · log tags).
    init(_ heaps: OrderedMap<TagSet>) {
        self.heaps = heaps
        var keys: [[UInt8]] = []
        heaps.forEach { heap, tags in
            note(heap, tags)
            for tag in tags.tags { keys.append(TagIndex.key(tag, heap: heap)) }
            return true
        }
        keys.sort(by: KeyOrder.precedes)
        var loader = OrderedMap<Indexed>.Loader()
        for key in keys {
            let isNew = loader.append(key, Indexed())
            precondition(isNew, "a heap has a tag twice")
        }
        index = loader.finish()
    }

    /// The number of heaps that have tags.
    var count: Int { heaps.count }

    /// The tags of a heap; none for one that is not known.
    func tags(of heap: [UInt8]) -> TagSet { heaps.get(heap) ?? TagSet() }

    /// Gives a heap these tags and no others.
    /// - Complexity: O(tags · log n).
    mutating func put(_ heap: [UInt8], _ tags: TagSet) {
        let previous = (tags.isEmpty ? heaps.remove(heap) : heaps.put(heap, tags)) ?? TagSet()
        for tag in previous.tags where !tags.contains(tag) { index.remove(TagIndex.key(tag, heap: heap)) }
        for tag in tags.tags where !previous.contains(tag) { index.put(TagIndex.key(tag, heap: heap), Indexed()) }
        if !previous.isEmpty { forget(heap, previous) }
        if !tags.isEmpty { note(heap, tags) }
    }

    private mutating func note(_ heap: [UInt8], _ tags: TagSet) {
        bytes += HeapTags.weight(heap, tags)
        hash += .heap(heap, tags)
    }

    private mutating func forget(_ heap: [UInt8], _ tags: TagSet) {
        bytes -= HeapTags.weight(heap, tags)
        hash -= .heap(heap, tags)
    }

    /// What a heap counts: its tags stand in the map and in the index, each with the name of the heap.
    private static func weight(_ heap: [UInt8], _ tags: TagSet) -> Int {
        heapOverhead + heap.count + 2 * tags.byteCount + tags.tags.count * (tagOverhead + heap.count)
    }
}

/// The keys of the index: heaps with the same tag lie side by side, in the order of their names.
enum TagIndex {
    /// What the keys of all heaps with a tag begin with. No such beginning is one of another tag's: the lengths come first.
    static func prefix(_ tag: HeapTag) -> [UInt8] {
        var writer = ByteWriter(reserving: tag.byteCount + 4)
        writer.appendLengthPrefixed(tag.key)
        writer.appendLengthPrefixed(tag.value)
        return writer.bytes
    }

    static func key(_ tag: HeapTag, heap: [UInt8]) -> [UInt8] { prefix(tag) + heap }
}
