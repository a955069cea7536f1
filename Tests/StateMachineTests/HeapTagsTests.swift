import Raft
import Testing

@testable import StateMachine

@Suite("Tags of heaps")
struct HeapTagsTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static func tag(_ key: String, _ value: String) -> HeapTag { HeapTag(key: bytes(key), value: bytes(value)) }

    private static func set(_ tags: [String: String]) -> TagSet {
        TagSet(tags.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { tag($0.key, $0.value) })
    }

    private static func names(_ heaps: HeapTags, with tags: [HeapTag], limit: Int = 100) -> (
        names: [String], pages: Int
    ) {
        var names: [String] = []
        var next: [UInt8]?
        var pages = 0
        repeat {
            let query = HeapQuery.heaps(with: tags, startAfter: next, limit: limit, maxBytes: .max)
            guard case .heaps(let found, let after) = heaps.answer(query) else { return ([], 0) }
            names += found.map { String(decoding: $0.name, as: UTF8.self) }
            next = after
            pages += 1
        } while next != nil && pages < 100_000
        return (names, pages)
    }

    @Test("replace, merge and clear in the order of the log")
    func commands() throws {
        var state = StateMachine()
        func apply(_ action: HeapCommand.Action) -> Outcome? {
            let command = Command(.heap(HeapCommand(Self.bytes("h"), action)))
            return state.apply(
                LogEntry(
                    term: 1, index: state.lastApplied + 1, kind: .command,
                    payload: Command.payload(timestamp: 1, commandBytes: command.encode())))
        }
        let (a, b, c) = (Self.tag("a", "1"), Self.tag("b", "2"), Self.tag("c", "3"))
        #expect(apply(.replace([a, b])) == .heap(.tags([a, b], revision: 1)))
        let changes = [TagChange(key: a.key, value: nil), TagChange(key: c.key, value: c.value)]
        #expect(apply(.merge(changes)) == .heap(.tags([b, c], revision: 2)))
        #expect(apply(.merge(changes)) == .heap(.tags([b, c], revision: 3)))
        #expect(state.answer(.tags(heap: Self.bytes("h"))) == .tags([b, c]))
        #expect(apply(.clear) == .heap(.cleared(revision: 4, deleted: true)))
        #expect(apply(.clear) == .heap(.cleared(revision: 5, deleted: false)))
        #expect(state.answer(.tags(heap: Self.bytes("h"))) == .tags([]))
        #expect(state.view().taggedHeapCount == 0 && state.contentBytes == 0 && state.current.heapTags.hash == .zero)
        // What changed nothing is told to nobody.
        let start = EventPosition(revision: 0, number: .max)
        guard case .page(let told, _) = state.resourceChanges(after: start, limit: 9) else { return }
        #expect(told.map(\.position.revision) == [1, 2, 4] && told.map(\.kind) == [.created, .updated, .removed])
    }

    @Test("a merge that would make too many changes nothing")
    func tooMany() throws {
        var view = StateMachine().current
        let many = (0..<HeapTag.maximumCount).map { Self.tag("k\(1000 + $0)", "") }
        let heap = Self.bytes("h")
        #expect(view.perform(HeapCommand(heap, .replace(many)), revision: 1) == .tags(many, revision: 1))
        let one = TagChange(key: Self.bytes("x"), value: [])
        #expect(view.perform(HeapCommand(heap, .merge([one])), revision: 2) == .tooMany)
        #expect(view.answer(.tags(heap: heap)) == .tags(many))
        let exchange = [TagChange(key: many[0].key, value: nil), one]
        #expect(view.perform(HeapCommand(heap, .merge(exchange)), revision: 3) != .tooMany)
    }

    @Test("queries find what a look at every heap finds", arguments: 1...10 as ClosedRange<UInt64>)
    func queries(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        func below(_ bound: UInt64) -> UInt64 { random.next() % bound }
        var heaps = HeapTags()
        var model: [String: [String: String]] = [:]
        for _ in 0..<600 {
            let heap = ["", "x", "é"][Int(below(3))] + "\(below(60))"
            var tags: [String: String] = [:]
            for key in ["k", "ka", "a", ""] where below(2) == 0 { tags["t" + key] = ["", "a", "aa"][Int(below(3))] }
            model[heap] = tags.isEmpty ? nil : tags
            heaps.put(Self.bytes(heap), Self.set(tags))
        }
        for _ in 0..<100 {
            let wanted = ["tk", "tka", "ta", "t"].filter { _ in below(3) == 0 }.map {
                Self.tag($0, ["", "a", "aa"][Int(below(3))])
            }
            let expected = model.filter { _, tags in
                wanted.allSatisfy { wanted in
                    tags[String(decoding: wanted.key, as: UTF8.self)] == String(decoding: wanted.value, as: UTF8.self)
                }
            }.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(Self.names(heaps, with: wanted, limit: 1 + Int(below(20))).names == expected, "seed \(seed)")
        }
        // The index follows from the heaps.
        let rebuilt = HeapTags(heaps.heaps)
        #expect(rebuilt.bytes == heaps.bytes && rebuilt.hash == heaps.hash)
        var (left, right): ([[UInt8]], [[UInt8]]) = ([], [])
        heaps.index.forEach { key, _ in
            left.append(key); return true
        }
        rebuilt.index.forEach { key, _ in
            right.append(key); return true
        }
        #expect(left == right, "seed \(seed)")
        #expect(left.count == model.values.reduce(0) { $0 + $1.count }, "seed \(seed)")
    }

    @Test("two tags that never meet cost several short pages, not one long one")
    func bounded() {
        var heaps = HeapTags()
        for number in 0..<20_000 {
            heaps.put(
                Self.bytes("h\(100_000 + number)"), Self.set(["side": number % 2 == 0 ? "even" : "odd", "all": "y"]))
        }
        heaps.put(Self.bytes("h2"), Self.set(["side": "odd", "rare": "y"]))
        let never = Self.names(heaps, with: [Self.tag("side", "even"), Self.tag("rare", "y")])
        #expect(never.names.isEmpty && never.pages == 1, "the rare tag decides")
        let alternating = HeapQuery.heaps(
            with: [Self.tag("side", "even"), Self.tag("all", "n")], startAfter: nil, limit: 9, maxBytes: .max)
        #expect(heaps.answer(alternating) == .heaps([], next: nil))
        for number in stride(from: 0, to: 20_000, by: 2) {
            heaps.put(Self.bytes("h\(100_000 + number)"), Self.set(["left": "y"]))
            heaps.put(Self.bytes("h\(100_001 + number)"), Self.set(["right": "y"]))
        }
        heaps.put(Self.bytes("h3"), Self.set(["left": "y", "right": "y"]))
        let both = Self.names(heaps, with: [Self.tag("left", "y"), Self.tag("right", "y")])
        #expect(both.names == ["h3"])
        #expect(both.pages > 5 && both.pages < 30, "\(both.pages) pages")
    }
}
