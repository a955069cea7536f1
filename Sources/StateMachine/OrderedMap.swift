/// A sorted map from byte strings to values that is copied in O(1).
///
/// Three levels: the map holds branches, a branch holds leaves, a leaf holds a few hundred entries side by side. A copy
/// of the map shares all of it; a write then copies the one branch and the one leaf on its way, if they are shared
/// (copy-on-write a leaf at a time). No operation touches more than one or two nodes of each level, so that nothing ever
/// stalls to grow or to take a snapshot.
///
/// A copy may be read on another thread while the original is written.
package struct OrderedMap<Value: Sendable>: Sendable {
    /// How many children a node may hold. Tests use small nodes, to split and merge often.
    package struct Shape: Sendable {
        package let leafCapacity: Int
        package let branchCapacity: Int

        /// - Precondition: both hold at least four.
        package init(leafCapacity: Int, branchCapacity: Int) {
            precondition(leafCapacity >= 4 && branchCapacity >= 4, "a node of less than four children cannot split")
            self.leafCapacity = leafCapacity
            self.branchCapacity = branchCapacity
        }

        package static var standard: Shape { Shape(leafCapacity: 256, branchCapacity: 512) }
    }

    /// Where an entry lies.
    struct Path {
        let branch: Int
        let leaf: Int
        let position: Int
    }

    let shape: Shape

    /// - Invariant: never empty; a leaf is empty only if it is alone in its map.
    private(set) var branches: [Branch]

    /// Between each branch and the next, the least key that belongs into the next.
    /// - Invariant: one less than `branches`.
    private(set) var separators = SortedKeys()

    /// The number of entries.
    package private(set) var count = 0

    package init(shape: Shape = .standard) {
        self.shape = shape
        branches = [Branch(leaves: [Leaf()], separators: SortedKeys())]
    }

    /// A map of nodes that were made elsewhere and obey the invariants.
    init(branches: [Branch], separators: SortedKeys, count: Int, shape: Shape) {
        self.shape = shape
        self.branches = branches
        self.separators = separators
        self.count = count
    }

    /// The value of `key`.
    /// - Complexity: O(log n).
    package func get(_ key: [UInt8]) -> Value? {
        guard let path = path(to: key) else { return nil }
        return branches[path.branch].leaves[path.leaf].values[path.position]
    }

    /// Sets the value of `key` and returns the one it had.
    /// - Complexity: O(log n), and a copy of a leaf and a branch if a copy of the map shares them.
    @discardableResult
    package mutating func put(_ key: [UInt8], _ value: Value) -> Value? {
        let branch = separators.upperBound(of: key)
        own(branch)
        if let previous = branches[branch].put(key, value, shape: shape) { return previous }
        count += 1
        if branches[branch].leaves.count > shape.branchCapacity { split(branch) }
        return nil
    }

    /// Changes the value of `key` where it lies: what it refers to alone stays its own.
    /// - Returns: what `body` returns; `nil` when the key is absent.
    /// - Complexity: as ``put(_:_:)``.
    mutating func update<Result>(_ key: [UInt8], _ body: (inout Value) -> Result) -> Result? {
        guard let path = path(to: key) else { return nil }
        own(path.branch)
        return branches[path.branch].update(at: path, body)
    }

    /// Removes `key` and returns the value it had. An absent key copies nothing.
    /// - Complexity: as ``put(_:_:)``.
    @discardableResult
    package mutating func remove(_ key: [UInt8]) -> Value? {
        guard let path = path(to: key) else { return nil }
        own(path.branch)
        let previous = branches[path.branch].remove(at: path, shape: shape)
        count -= 1
        if branches[path.branch].leaves.count <= shape.branchCapacity / 4 { shrink(path.branch) }
        return previous
    }

    /// Calls `body` with the entries from the least key that does not sort before `start`, in order of the keys, until it
    /// returns `false`.
    /// - Complexity: O(log n) and O(1) an entry.
    package func forEach(from start: [UInt8] = [], _ body: (_ key: [UInt8], _ value: Value) -> Bool) {
        let firstBranch = separators.upperBound(of: start)
        let firstLeaf = branches[firstBranch].separators.upperBound(of: start)
        var position = branches[firstBranch].leaves[firstLeaf].keys.lowerBound(of: start)
        var leafIndex = firstLeaf
        for branch in branches[firstBranch...] {
            for leaf in branch.leaves[leafIndex...] {
                for index in position..<leaf.count {
                    guard body(leaf.keys[index], leaf.values[index]) else { return }
                }
                position = 0
            }
            leafIndex = 0
        }
    }

    private func path(to key: [UInt8]) -> Path? {
        let branch = separators.upperBound(of: key)
        let leaf = branches[branch].separators.upperBound(of: key)
        guard let position = branches[branch].leaves[leaf].position(of: key) else { return nil }
        return Path(branch: branch, leaf: leaf, position: position)
    }

    /// Makes the branch ours alone, so that it may be written.
    private mutating func own(_ index: Int) {
        if !isKnownUniquelyReferenced(&branches[index]) { branches[index] = branches[index].copy() }
    }

    private mutating func split(_ index: Int) {
        let (separator, upper) = branches[index].split()
        separators.insert(separator, at: index)
        branches.insert(upper, at: index + 1)
    }

    /// Drops the branch at `index` if it is empty, or joins it with a neighbour if both fit well into one.
    private mutating func shrink(_ index: Int) {
        guard branches.count > 1 else { return }
        if branches[index].isEmpty {
            branches.remove(at: index)
            separators.remove(at: max(index - 1, 0))
            return
        }
        for lower in [index - 1, index] where lower >= 0 && lower + 1 < branches.count {
            let joined = branches[lower].leaves.count + branches[lower + 1].leaves.count
            guard joined <= shape.branchCapacity * 3 / 4 else { continue }
            own(lower)
            branches[lower].append(branches[lower + 1], separator: separators[lower])
            branches.remove(at: lower + 1)
            separators.remove(at: lower)
            return
        }
    }
}
