/// Keys in ascending order, laid out to be searched.
///
/// Every key is an array of its own, somewhere in memory, so a search that compared keys would wait for memory at every
/// step. It compares *heads* instead: the eight bytes that follow the prefix which all keys here share, side by side in
/// one array. Only keys whose heads are equal are looked at themselves, which among neighbours is rare.
struct SortedKeys: Sendable {
    /// - Invariant: ascends strictly.
    private(set) var keys: [[UInt8]] = []

    /// Every key begins with it; not always the longest such.
    private var prefix: [UInt8] = []

    /// The head of each key after `prefix`.
    /// - Invariant: as many as `keys`.
    private var heads: [UInt64] = []

    init(_ keys: [[UInt8]] = []) {
        self.keys = keys
        rebuild()
    }

    var count: Int { keys.count }

    subscript(index: Int) -> [UInt8] { keys[index] }

    /// How many keys sort before `key`: its place if it is here, else where it would be inserted.
    /// - Complexity: O(log n).
    func lowerBound(of key: [UInt8]) -> Int {
        partition(around: key) { KeyOrder.precedes($0, key) }
    }

    /// How many keys sort before `key` or equal it.
    /// - Complexity: O(log n).
    func upperBound(of key: [UInt8]) -> Int {
        partition(around: key) { !KeyOrder.precedes(key, $0) }
    }

    /// Inserts a key.
    /// - Precondition: `index` is its ``lowerBound(of:)``, and it is not here.
    mutating func insert(_ key: [UInt8], at index: Int) {
        keys.insert(key, at: index)
        let shared = KeyOrder.sharedPrefixCount(prefix, key)
        if keys.count == 1 || shared < prefix.count {
            rebuild()
        } else {
            heads.insert(KeyOrder.head(of: key, from: shared), at: index)
        }
    }

    mutating func remove(at index: Int) {
        keys.remove(at: index)
        heads.remove(at: index)
    }

    /// Takes the keys from `index` on away.
    mutating func split(at index: Int) -> SortedKeys {
        let upper = SortedKeys(Array(keys[index...]))
        keys.removeSubrange(index...)
        rebuild()
        return upper
    }

    /// Adds keys that all sort after those here.
    mutating func append(_ more: some Sequence<[UInt8]>) {
        keys += more
        rebuild()
    }

    /// What all keys share is what the first and the last one do.
    private mutating func rebuild() {
        guard let first = keys.first, let last = keys.last else {
            prefix = []
            heads = []
            return
        }
        let shared = KeyOrder.sharedPrefixCount(first, last)
        prefix = Array(first[..<shared])
        heads = keys.map { KeyOrder.head(of: $0, from: shared) }
    }

    /// How many keys lie below the place of `key`; `isBelow` decides for keys with the same head.
    @inline(__always)
    private func partition(around key: [UInt8], isBelow: ([UInt8]) -> Bool) -> Int {
        guard KeyOrder.sharedPrefixCount(prefix, key) == prefix.count else {
            return KeyOrder.precedes(key, prefix) ? 0 : keys.count
        }
        let head = KeyOrder.head(of: key, from: prefix.count)
        var low = 0
        var high = heads.count
        while low < high {
            let middle = (low &+ high) / 2
            let other = heads[middle]
            if other < head || (other == head && isBelow(keys[middle])) { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}
