/// A queue in an array: amortised O(1) at both ends it uses, no allocation while it stays within its largest size.
struct FIFO<Element> {
    private var storage: [Element] = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { head == storage.count }
    var first: Element? { isEmpty ? nil : storage[head] }

    mutating func append(_ element: Element) { storage.append(element) }

    @discardableResult
    mutating func removeFirst() -> Element {
        let element = storage[head]
        head += 1
        if head == storage.count {
            storage.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1024, head * 2 > storage.count {
            storage.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Puts `elements` back before all others, in their order.
    mutating func prepend(_ elements: [Element]) {
        storage.replaceSubrange(0..<head, with: elements)
        head = 0
    }

    mutating func removeAll() -> [Element] {
        defer { self = FIFO() }
        return Array(storage[head...])
    }
}
