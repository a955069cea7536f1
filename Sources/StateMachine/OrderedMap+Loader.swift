extension OrderedMap {
    /// Builds a map of entries that come in order: each node is made once, with room for a few insertions.
    package struct Loader: Sendable {
        private let shape: Shape
        private var keys: [[UInt8]] = []
        private var values: [Value] = []
        private var leaves: [Leaf] = []
        private var branches: [Branch] = []
        /// The last key of the leaves that are made.
        private var lastKey: [UInt8]?

        package private(set) var count = 0

        package init(shape: Shape = .standard) { self.shape = shape }

        private var leafFill: Int { shape.leafCapacity * 3 / 4 }
        private var branchFill: Int { shape.branchCapacity * 3 / 4 }

        /// Adds an entry.
        /// - Returns: `false`, and adds nothing, when the key does not sort after the one before.
        /// - Complexity: amortized O(1).
        package mutating func append(_ key: [UInt8], _ value: Value) -> Bool {
            if let previous = keys.last ?? lastKey, !KeyOrder.precedes(previous, key) { return false }
            if keys.isEmpty {
                keys.reserveCapacity(leafFill)
                values.reserveCapacity(leafFill)
            }
            keys.append(key)
            values.append(value)
            count += 1
            if keys.count == leafFill { closeLeaf() }
            return true
        }

        /// The map of all that was added; the loader is empty then.
        package mutating func finish() -> OrderedMap {
            defer { self = Loader(shape: shape) }
            if !keys.isEmpty { closeLeaf() }
            if !leaves.isEmpty { closeBranch() }
            guard !branches.isEmpty else { return OrderedMap(shape: shape) }
            let separators = SortedKeys(branches.dropFirst().map { $0.leaves[0].keys[0] })
            return OrderedMap(branches: branches, separators: separators, count: count, shape: shape)
        }

        private mutating func closeLeaf() {
            lastKey = keys.last
            leaves.append(Leaf(keys: SortedKeys(keys), values: values))
            keys = []
            values = []
            if leaves.count == branchFill { closeBranch() }
        }

        private mutating func closeBranch() {
            let separators = SortedKeys(leaves.dropFirst().map { $0.keys[0] })
            branches.append(Branch(leaves: leaves, separators: separators))
            leaves = []
        }
    }
}
