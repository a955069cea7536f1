/// The last changes, in order: what watches are fed with. Part of the replicated state, so that it is the same on every node.
///
/// Bounded in number and in bytes; what is oldest goes first, a revision at a time, when an entry is applied. The newest revision
/// stays, however large. Keys and values are shared with the map, not copied.
struct EventHistory: Sendable {
    /// How much is kept.
    struct Limits: Sendable, Equatable {
        let count: Int
        let bytes: Int

        static let standard = Limits(count: 100_000, bytes: 64 << 20)
    }

    /// The most events that one page looks at, whether they match or not.
    private static let maximumScan = 4096

    let limits: Limits

    /// It is complete from this revision on.
    private(set) var floor: UInt64

    /// About how many bytes it takes.
    private(set) var bytes = 0

    private(set) var events = ChunkedQueue<Event>()

    init(floor: UInt64 = 1, limits: Limits = .standard) {
        self.floor = floor
        self.limits = limits
    }

    /// Adds a change.
    /// - Precondition: it comes after all that are here.
    mutating func append(_ event: Event) {
        let weight = event.byteCount
        bytes += weight
        events.append(event, weight: weight)
    }

    /// Drops what is too much, up to and including whole revisions; never `newest`.
    mutating func trim(keeping newest: UInt64) {
        while events.count > limits.count || bytes > limits.bytes {
            guard let oldest = events.first?.position.revision, oldest != newest else { return }
            while let event = events.first, event.position.revision == oldest {
                bytes -= event.byteCount
                events.removeFirst()
            }
            floor = oldest + 1
        }
    }

    /// The changes after `position` to keys that begin with `prefix`, a page at a time.
    /// - Parameters:
    ///   - end: the last revision applied.
    ///   - limit: the most events, at least 1.
    ///   - maxBytes: the most bytes of keys and values together; exceeded only by a page of one event.
    /// - Complexity: O(log n), and a bounded number of events.
    func page(
        after position: EventPosition, prefix: [UInt8], limit: Int, maxBytes: Int, end: UInt64
    ) -> EventPage {
        precondition(limit >= 1, "a page of \(limit) events")
        // Whether something of its own revision is missing is not known below the floor, unless none of it is wanted.
        let firstWanted = position.number == .max ? position.revision.addingOne : position.revision
        guard firstWanted >= floor else { return .belowFloor(floor: floor) }
        var found: [Event] = []
        var next = max(position, EventPosition(revision: end, number: .max))
        var last = position
        var bytes = 0
        var scanned = 0
        events.forEach(notBefore: { $0.position <= position }) { event in
            let matches = event.key.starts(with: prefix)
            if matches { bytes += event.key.count + (event.value?.count ?? 0) }
            let isFull = found.count == limit || (bytes > maxBytes && !found.isEmpty)
            guard scanned < EventHistory.maximumScan, !(matches && isFull) else {
                next = last
                return false
            }
            scanned += 1
            last = event.position
            if matches { found.append(event) }
            return true
        }
        return .page(events: found, next: next)
    }
}

extension UInt64 {
    fileprivate var addingOne: UInt64 { self == .max ? .max : self + 1 }
}
