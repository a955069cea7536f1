extension OrderedMap {
    /// A run of leaves.
    ///
    /// Unchecked: a node is written only by the map that alone refers to it (`own`), and only read once it is shared.
    final class Branch: @unchecked Sendable {
        /// - Invariant: never empty.
        private(set) var leaves: [Leaf]

        /// Between each leaf and the next, the least key that belongs into the next.
        /// - Invariant: one less than `leaves`.
        private(set) var separators: SortedKeys

        init(leaves: [Leaf], separators: SortedKeys) {
            self.leaves = leaves
            self.separators = separators
        }

        /// Whether it holds no entry.
        var isEmpty: Bool { leaves.count == 1 && leaves[0].count == 0 }

        /// A branch of its own over the same leaves.
        func copy() -> Branch { Branch(leaves: leaves, separators: separators) }

        /// Sets the value of `key` and returns the one it had. May leave one leaf more than fits: the map splits.
        func put(_ key: [UInt8], _ value: Value, shape: Shape) -> Value? {
            let index = separators.upperBound(of: key)
            own(index)
            if let previous = leaves[index].put(key, value) { return previous }
            if leaves[index].count > shape.leafCapacity {
                let upper = leaves[index].split(around: key)
                separators.insert(upper.keys[0], at: index)
                leaves.insert(upper, at: index + 1)
            }
            return nil
        }

        /// Changes the value at `path` where it lies.
        func update<Result>(at path: Path, _ body: (inout Value) -> Result) -> Result {
            own(path.leaf)
            return leaves[path.leaf].update(at: path.position, body)
        }

        /// Removes the entry at `path` and returns its value.
        func remove(at path: Path, shape: Shape) -> Value {
            own(path.leaf)
            let previous = leaves[path.leaf].remove(at: path.position)
            if leaves[path.leaf].count <= shape.leafCapacity / 4 { shrink(path.leaf, shape: shape) }
            return previous
        }

        /// Takes the upper half of the leaves away into a new branch.
        /// - Returns: the new branch, and the key that separates it from this one.
        func split() -> (separator: [UInt8], upper: Branch) {
            let middle = leaves.count / 2
            let upper = Branch(leaves: Array(leaves[middle...]), separators: separators.split(at: middle))
            leaves.removeSubrange(middle...)
            let separator = separators[middle - 1]
            separators.remove(at: middle - 1)
            return (separator, upper)
        }

        /// Takes over the leaves of the next branch, from which `separator` divides it.
        func append(_ next: Branch, separator: [UInt8]) {
            leaves += next.leaves
            separators.append([separator] + next.separators.keys)
        }

        /// Makes the leaf ours alone, so that it may be written.
        private func own(_ index: Int) {
            if !isKnownUniquelyReferenced(&leaves[index]) { leaves[index] = leaves[index].copy() }
        }

        /// Drops the leaf at `index` if it is empty, or joins it with a neighbour if both fit well into one: three
        /// quarters, so that the next few insertions do not split it again.
        private func shrink(_ index: Int, shape: Shape) {
            guard leaves.count > 1 else { return }
            if leaves[index].count == 0 {
                leaves.remove(at: index)
                separators.remove(at: max(index - 1, 0))
                return
            }
            for lower in [index - 1, index] where lower >= 0 && lower + 1 < leaves.count {
                guard leaves[lower].count + leaves[lower + 1].count <= shape.leafCapacity * 3 / 4 else { continue }
                own(lower)
                leaves[lower].append(leaves[lower + 1])
                leaves.remove(at: lower + 1)
                separators.remove(at: lower)
                return
            }
        }
    }
}
