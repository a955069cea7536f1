extension EventHistory {
    /// A run of events, laid out so that adding one, and looking for what is too old, touches no other memory: the bytes of all keys
    /// lie in one array. Only values are objects of their own, shared with the map.
    ///
    /// Unchecked: a chunk is written only by the history that alone refers to it, and only read once it is shared.
    final class Chunk: @unchecked Sendable {
        struct Record {
            let revision: UInt64
            /// `nil` for a delete.
            let value: [UInt8]?
            let number: UInt32
            /// Where its key ends among the keys; it begins where that of the record before ends.
            let keyEnd: UInt32
            /// What the event weighs in the history.
            let byteCount: Int
            /// What it adds to the hash of the history.
            let hash: StateHash

            var position: EventPosition { EventPosition(revision: revision, number: number) }
        }

        private static let maximumCount = 512
        /// What was evicted becomes free with its chunk: one of heavy events ends early.
        private static let maximumBytes = 256 << 10

        private(set) var records: [Record] = []
        private var keys: [UInt8] = []
        private var bytes = 0

        init() { records.reserveCapacity(Chunk.maximumCount) }

        /// A chunk of its own with the same events.
        init(copying other: Chunk) {
            records.reserveCapacity(Chunk.maximumCount)
            records += other.records
            keys = other.keys
            bytes = other.bytes
        }

        var isFull: Bool { records.count >= Chunk.maximumCount || bytes >= Chunk.maximumBytes }

        func append(_ position: EventPosition, key: [UInt8], value: [UInt8]?, byteCount: Int, hash: StateHash) {
            keys += key
            bytes += byteCount
            records.append(
                Record(
                    revision: position.revision, value: value, number: position.number, keyEnd: UInt32(keys.count),
                    byteCount: byteCount, hash: hash))
        }

        /// The key of the event at `index`.
        func key(at index: Int) -> ArraySlice<UInt8> {
            keys[(index == 0 ? 0 : Int(records[index - 1].keyEnd))..<Int(records[index].keyEnd)]
        }

        /// The event at `index`.
        func event(at index: Int) -> Event {
            let record = records[index]
            return Event(
                position: record.position, key: Array(key(at: index)),
                kind: record.value.map { .put(value: $0) } ?? .delete)
        }

        /// How many events at `start` and later are not after `position`, and all before `start`.
        func count(notAfter position: EventPosition, from start: Int) -> Int {
            var low = start
            var high = records.count
            while low < high {
                let middle = (low + high) / 2
                if records[middle].position <= position { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}
