/// The last changes, in order: what watches are fed with. Part of the replicated state, so that it is the same on every node.
///
/// Bounded in number and in bytes; what is oldest goes first, a revision at a time, when an entry is applied. The newest revision
/// stays, however large. Values are shared with the map, not copied. A copy of the history takes O(1): it shares all chunks, of which
/// only the last is ever written, and copied before if it is shared.
struct EventHistory: Sendable {
    /// How much is kept.
    struct Limits: Sendable, Equatable {
        let count: Int
        let bytes: Int

        static let standard = Limits(count: 100_000, bytes: 64 << 20)
    }

    /// What an event takes beside the bytes of its key and its value.
    private static let overhead = 80

    let limits: Limits

    /// It is complete from this revision on.
    private(set) var floor: UInt64

    /// The number of events.
    private(set) var count = 0

    /// About how many bytes it takes.
    private(set) var bytes = 0

    /// The sum over the events.
    private(set) var hash = StateHash.zero

    /// - Invariant: none is empty, and all but the first hold only events that were not evicted.
    private(set) var chunks: [Chunk] = []

    /// How many events of the first chunk were evicted.
    private(set) var evicted = 0

    init(floor: UInt64 = 1, limits: Limits = .standard) {
        self.floor = floor
        self.limits = limits
    }

    /// Adds a change; `value` is `nil` for a delete.
    /// - Parameter hash: ``StateHash/put(_:number:)`` or ``StateHash/delete(_:at:)``.
    /// - Precondition: it comes after all that are here.
    mutating func append(_ position: EventPosition, key: [UInt8], value: [UInt8]?, hash: StateHash) {
        let byteCount = EventHistory.overhead + key.count + (value?.count ?? 0)
        count += 1
        bytes += byteCount
        self.hash += hash
        if chunks.last?.isFull ?? true {
            chunks.append(Chunk())
        } else if !isKnownUniquelyReferenced(&chunks[chunks.count - 1]) {
            chunks[chunks.count - 1] = Chunk(copying: chunks[chunks.count - 1])
        }
        chunks[chunks.count - 1].append(position, key: key, value: value, byteCount: byteCount, hash: hash)
    }

    /// Drops what is too much, up to and including whole revisions; never `newest`.
    mutating func trim(keeping newest: UInt64) {
        while count > limits.count || bytes > limits.bytes {
            let oldest = chunks[0].records[evicted].revision
            guard oldest != newest else { return }
            while count > 0, chunks[0].records[evicted].revision == oldest { evictFirst() }
            floor = oldest + 1
        }
    }

    private mutating func evictFirst() {
        bytes -= chunks[0].records[evicted].byteCount
        hash -= chunks[0].records[evicted].hash
        count -= 1
        evicted += 1
        if evicted == chunks[0].records.count {
            chunks.removeFirst()
            evicted = 0
        }
    }

    /// Calls `body` with the events from `place` on, in order, until it returns `false`.
    /// - Complexity: O(chunks before it) and O(1) an event.
    func forEach(from place: Int, _ body: (Event) -> Bool) {
        var index = place + evicted
        for chunk in chunks {
            while index < chunk.records.count {
                guard body(chunk.event(at: index)) else { return }
                index += 1
            }
            index -= chunk.records.count
        }
    }
}
