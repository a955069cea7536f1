import Raft
import Testing

@testable import StateMachine

/// What the map must equal: pairs in a sorted array, searched from the front.
private struct Oracle: Equatable {
    struct Pair: Equatable {
        let key: [UInt8]
        var value: Int
    }

    var pairs: [Pair] = []

    func get(_ key: [UInt8]) -> Int? { pairs.first { $0.key == key }?.value }

    mutating func put(_ key: [UInt8], _ value: Int) -> Int? {
        if let place = pairs.firstIndex(where: { $0.key == key }) {
            let previous = pairs[place].value
            pairs[place].value = value
            return previous
        }
        let place = pairs.firstIndex { key.lexicographicallyPrecedes($0.key) } ?? pairs.count
        pairs.insert(Pair(key: key, value: value), at: place)
        return nil
    }

    mutating func remove(_ key: [UInt8]) -> Int? {
        pairs.firstIndex { $0.key == key }.map { pairs.remove(at: $0).value }
    }

    init() {}

    init(_ map: OrderedMap<Int>, from start: [UInt8] = []) {
        map.forEach(from: start) { key, value in
            pairs.append(Pair(key: key, value: value))
            return true
        }
    }
}

@Suite("Ordered map")
struct OrderedMapTests {
    private static let small = OrderedMap<Int>.Shape(leafCapacity: 4, branchCapacity: 4)

    /// Keys that share long prefixes, end in zeros, are prefixes of one another, and reach up to 0xFF.
    private static func key(_ random: inout SeededRandom) -> [UInt8] {
        let stems: [[UInt8]] = [[], Array("user:0000000000".utf8), [0xFF, 0xFF], [0, 0, 0, 0, 0, 0, 0, 0, 0]]
        let letters: [UInt8] = [0, 1, 0x61, 0x7F, 0x80, 0xFF]
        let stem = stems.randomElement(using: &random) ?? []
        return stem + (0..<Int.random(in: 0...4, using: &random)).map { _ in letters[Int(random.next() % 6)] }
    }

    @Test(
        "does what a sorted array of pairs does, and its copies stay as they were",
        arguments: 1...12 as ClosedRange<UInt64>)
    func againstOracle(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var map = OrderedMap<Int>(shape: Self.small)
        var oracle = Oracle()
        var snapshots: [(map: OrderedMap<Int>, oracle: Oracle)] = []
        for step in 0..<2500 {
            let key = Self.key(&random)
            // Grows for a while, then shrinks to nothing, so that nodes split and merge.
            let removes = (step / 625) % 2 == 0 ? 25 : 80
            if Int.random(in: 0..<100, using: &random) < removes {
                let victim = Bool.random(using: &random) ? oracle.pairs.randomElement(using: &random)?.key ?? key : key
                #expect(map.remove(victim) == oracle.remove(victim), "seed \(seed) step \(step)")
            } else {
                #expect(map.put(key, step) == oracle.put(key, step), "seed \(seed) step \(step)")
            }
            let probe = Self.key(&random)
            #expect(map.get(probe) == oracle.get(probe), "seed \(seed) step \(step)")
            #expect(map.count == oracle.pairs.count, "seed \(seed) step \(step)")
            if step % 100 == 0 {
                snapshots.append((map, oracle))
                expectShape(map)
                let tail = oracle.pairs.drop { $0.key.lexicographicallyPrecedes(probe) }
                #expect(Oracle(map, from: probe).pairs == Array(tail), "seed \(seed) step \(step) from \(probe)")
            }
        }
        for (number, snapshot) in snapshots.enumerated() {
            #expect(Oracle(snapshot.map) == snapshot.oracle, "seed \(seed) snapshot \(number)")
        }
    }

    @Test("removing everything leaves one empty leaf, in whatever order")
    func removeAll() {
        for order in 0..<3 {
            var random = SeededRandom(seed: 5)
            var numbers = Array(0..<1000)
            var map = OrderedMap<Int>(shape: Self.small)
            for number in numbers { map.put(bigEndian(number), number) }
            if order == 1 { numbers.reverse() }
            if order == 2 { numbers.shuffle(using: &random) }
            for number in numbers { #expect(map.remove(bigEndian(number)) == number, "order \(order)") }
            #expect(map.count == 0)
            #expect(map.branches.count == 1 && map.branches[0].leaves.count == 1, "order \(order)")
        }
    }

    @Test("ascending keys leave full leaves behind")
    func ascending() {
        var map = OrderedMap<Int>(shape: Self.small)
        for number in 0..<1000 { map.put(bigEndian(number), number) }
        #expect(map.branches.reduce(0) { $0 + $1.leaves.count } == 250)
        expectShape(map)
    }

    @Test("a write after a copy copies one leaf and one branch, not the others")
    func sharing() {
        var map = OrderedMap<Int>(shape: Self.small)
        for number in 0..<1000 { map.put(bigEndian(number), number) }
        let copy = map
        map.put(bigEndian(500), -1)
        let before = copy.branches.flatMap(\.leaves).map { ObjectIdentifier($0) }
        let after = map.branches.flatMap(\.leaves).map { ObjectIdentifier($0) }
        #expect(zip(before, after).filter { $0 != $1 }.count == 1)
        #expect(copy.get(bigEndian(500)) == 500)
        #expect(map.get(bigEndian(500)) == -1)
        let leaves = map.branches.flatMap(\.leaves).map { ObjectIdentifier($0) }
        map.put(bigEndian(501), -2)
        map.remove([1, 2, 3])
        #expect(
            map.branches.flatMap(\.leaves).map { ObjectIdentifier($0) } == leaves, "what is ours is written in place")
    }

    @Test("a map that was loaded in order is like one that was written", arguments: [0, 1, 2, 3, 4, 9, 10, 100, 1000])
    func loaded(count: Int) {
        var random = SeededRandom(seed: 11)
        var loader = OrderedMap<Int>.Loader(shape: Self.small)
        var written = OrderedMap<Int>(shape: Self.small)
        for number in 0..<count {
            written.put(bigEndian(number), number)
            let isNew = loader.append(bigEndian(number), number)
            let isTwice = loader.append(bigEndian(number), -1)
            let isLate = number > 0 && loader.append(bigEndian(number - 1), -1)
            #expect(isNew && !isTwice && !isLate, "number \(number)")
        }
        var map = loader.finish()
        expectShape(map)
        #expect(map.count == count && Oracle(map) == Oracle(written))
        for step in 0..<300 {
            let key = bigEndian(Int(random.next() % 1200))
            if step % 3 == 0 {
                #expect(map.remove(key) == written.remove(key))
            } else {
                #expect(map.put(key, -step) == written.put(key, -step))
            }
        }
        expectShape(map)
        #expect(map.count == written.count && Oracle(map) == Oracle(written))
    }

    @Test("stops where the body says so")
    func stops() {
        var map = OrderedMap<Int>(shape: Self.small)
        for number in 0..<100 { map.put(bigEndian(number), number) }
        var seen: [Int] = []
        map.forEach(from: bigEndian(42)) { _, value in
            seen.append(value)
            return value < 50
        }
        #expect(seen == Array(42...50))
    }

    @Test("the order of keys is that of their bytes")
    func order() {
        var random = SeededRandom(seed: 9)
        for _ in 0..<5000 {
            let (left, right) = (Self.key(&random), Self.key(&random))
            #expect(KeyOrder.precedes(left, right) == left.lexicographicallyPrecedes(right), "\(left) and \(right)")
        }
    }

    private func bigEndian(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    /// The invariants that its fields state.
    private func expectShape(_ map: OrderedMap<Int>, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(map.separators.count == map.branches.count - 1, sourceLocation: sourceLocation)
        for branch in map.branches {
            #expect((1...map.shape.branchCapacity).contains(branch.leaves.count), sourceLocation: sourceLocation)
            #expect(branch.separators.count == branch.leaves.count - 1, sourceLocation: sourceLocation)
            for leaf in branch.leaves {
                #expect(leaf.count <= map.shape.leafCapacity, sourceLocation: sourceLocation)
                #expect(leaf.count > 0 || map.count == 0, sourceLocation: sourceLocation)
                #expect(leaf.keys.count == leaf.count, sourceLocation: sourceLocation)
            }
        }
    }
}
