import Raft

/// What is to happen when: a binary heap by time, then by the order in which it was asked for.
struct EventQueue<Event> {
    /// Events are large and stay where they are; the heap moves this.
    private struct Entry {
        let time: Instant
        let sequence: UInt64
        let slot: Int

        func isBefore(_ other: Entry) -> Bool {
            time.nanoseconds < other.time.nanoseconds
                || (time.nanoseconds == other.time.nanoseconds && sequence < other.sequence)
        }
    }

    private var heap: [Entry] = []
    private var events: [Event?] = []
    private var freeSlots: [Int] = []
    private var nextSequence: UInt64 = 0

    var nextTime: Instant? { heap.first?.time }

    /// - Complexity: O(log n)
    mutating func add(_ event: Event, at time: Instant) {
        heap.append(Entry(time: time, sequence: nextSequence, slot: store(event)))
        nextSequence += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// The earliest event.
    /// - Complexity: O(log n)
    mutating func removeFirst() -> (time: Instant, event: Event)? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return (last.time, take(last.slot)) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[left].isBefore(heap[least]) { least = left }
            if left + 1 < heap.count, heap[left + 1].isBefore(heap[least]) { least = left + 1 }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, take(first.slot))
    }

    private mutating func store(_ event: Event) -> Int {
        guard let slot = freeSlots.popLast() else {
            events.append(event)
            return events.count - 1
        }
        events[slot] = event
        return slot
    }

    private mutating func take(_ slot: Int) -> Event {
        guard let event = events[slot] else { preconditionFailure("slot \(slot) holds no event") }
        events[slot] = nil
        freeSlots.append(slot)
        return event
    }
}
