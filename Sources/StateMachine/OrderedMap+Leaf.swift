extension OrderedMap {
    /// A run of entries.
    ///
    /// Unchecked: a node is written only by the map that alone refers to it (`own`), and only read once it is shared.
    final class Leaf: @unchecked Sendable {
        private(set) var keys: SortedKeys

        /// The value of the key of the same index.
        /// - Invariant: as many as `keys`.
        private(set) var values: [Value]

        init(keys: SortedKeys = SortedKeys(), values: [Value] = []) {
            self.keys = keys
            self.values = values
        }

        var count: Int { values.count }

        /// A leaf of its own with the same entries.
        func copy() -> Leaf { Leaf(keys: keys, values: values) }

        /// The place of `key`.
        func position(of key: [UInt8]) -> Int? {
            let position = keys.lowerBound(of: key)
            return position < count && keys[position] == key ? position : nil
        }

        /// Sets the value of `key` and returns the one it had.
        func put(_ key: [UInt8], _ value: Value) -> Value? {
            let position = keys.lowerBound(of: key)
            if position < count && keys[position] == key {
                let previous = values[position]
                values[position] = value
                return previous
            }
            keys.insert(key, at: position)
            values.insert(value, at: position)
            return nil
        }

        /// Changes the value at `position` where it lies.
        func update<Result>(at position: Int, _ body: (inout Value) -> Result) -> Result {
            body(&values[position])
        }

        /// Removes the entry at `position` and returns its value.
        func remove(at position: Int) -> Value {
            keys.remove(at: position)
            return values.remove(at: position)
        }

        /// Takes the upper half of the entries away into a new leaf; only `key` if it is the last, so that keys which
        /// come in ascending order leave full leaves behind.
        func split(around key: [UInt8]) -> Leaf {
            let last = count - 1
            let middle = keys[last] == key ? last : count / 2
            let upper = Leaf(keys: keys.split(at: middle), values: Array(values[middle...]))
            values.removeSubrange(middle...)
            return upper
        }

        /// Takes over the entries of the next leaf.
        func append(_ next: Leaf) {
            keys.append(next.keys.keys)
            values += next.values
        }
    }
}
