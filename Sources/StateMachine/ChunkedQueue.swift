/// A queue that is copied in O(1): elements in chunks, of which a copy shares all.
///
/// What is appended goes into the last chunk, which is copied first if it is shared; no other chunk is ever written. The space of what
/// was taken away becomes free with its chunk, so a chunk ends early when its elements are heavy.
struct ChunkedQueue<Element: Sendable>: Sendable {
    /// Unchecked: a chunk is written only by the queue that alone refers to it, and only read once it is shared.
    private final class Chunk: @unchecked Sendable {
        var elements: [Element]
        var weight: Int

        init(_ elements: [Element], weight: Int) {
            self.elements = elements
            self.weight = weight
        }
    }

    private static var maximumCount: Int { 512 }
    private static var maximumWeight: Int { 256 << 10 }

    /// - Invariant: none is empty, and all but the first hold only elements that are in the queue.
    private var chunks: [Chunk] = []

    /// How many elements of the first chunk were taken away.
    private var taken = 0

    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The element that came first.
    var first: Element? { chunks.first.map { $0.elements[taken] } }

    /// The element that came last.
    var last: Element? { chunks.last?.elements.last }

    /// Adds an element at the end.
    /// - Parameter weight: about how many bytes it keeps alive.
    /// - Complexity: O(1), and a copy of a chunk if a copy of the queue shares it.
    mutating func append(_ element: Element, weight: Int) {
        count += 1
        let last = chunks.count - 1
        guard last >= 0, chunks[last].elements.count < ChunkedQueue.maximumCount,
            chunks[last].weight < ChunkedQueue.maximumWeight
        else {
            var elements: [Element] = []
            // Whether more fit into it is not known yet: heavy ones are few.
            if weight < 1024 { elements.reserveCapacity(ChunkedQueue.maximumCount) }
            elements.append(element)
            return chunks.append(Chunk(elements, weight: weight))
        }
        if !isKnownUniquelyReferenced(&chunks[last]) {
            chunks[last] = Chunk(chunks[last].elements, weight: chunks[last].weight)
        }
        chunks[last].elements.append(element)
        chunks[last].weight += weight
    }

    /// Takes the element away that came first.
    /// - Complexity: O(1); now and then that of freeing a chunk.
    @discardableResult
    mutating func removeFirst() -> Element {
        precondition(count > 0, "nothing is in the queue")
        let element = chunks[0].elements[taken]
        taken += 1
        count -= 1
        if taken == chunks[0].elements.count {
            chunks.removeFirst()
            taken = 0
        }
        return element
    }

    /// Calls `body` with the elements from `place` on, in order, until it returns `false`.
    /// - Complexity: O(chunks before it) and O(1) an element.
    func forEach(from place: Int = 0, _ body: (Element) -> Bool) {
        var index = place + taken
        for chunk in chunks {
            if index < chunk.elements.count {
                for element in chunk.elements[index...] {
                    guard body(element) else { return }
                }
                index = 0
            } else {
                index -= chunk.elements.count
            }
        }
    }
}
