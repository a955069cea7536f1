/// A first-in, first-out queue. Both ends take amortised constant time.
struct FIFO<Element> {
    private var elements: [Element?] = []
    /// Where the first element is; what lies before it has been taken.
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head].take()
        head += 1
        // Half of it is gone: worth moving the rest.
        if head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
