import Raft
import StateMachine
import Testing

@Suite("Lists")
struct ListTests {
    private let machine: StateMachine
    private let keys: [[UInt8]]

    init() {
        var log = Applied()
        let tails: [[UInt8]] = [
            [], [0x01], [0x61], [0x61, 0x62], [0x7F], [0xFE], [0xFF], [0xFF, 0xFF], [0xFF, 0xFF, 0x61],
        ]
        let stems: [[UInt8]] = [[0x61], [0x62], [0xFF], [0xFF, 0xFF]]
        var all: Set<[UInt8]> = []
        for stem in stems { for tail in tails { all.insert(stem + tail) } }
        keys = all.sorted { $0.lexicographicallyPrecedes($1) }
        for key in keys.reversed() { log.apply(.put(key: key, value: key + key, condition: .none)) }
        machine = log.machine
    }

    /// All pages, put together.
    private func pages(prefix: [UInt8], limit: Int, maxBytes: Int) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var next: [UInt8]?
        repeat {
            let page = machine.list(prefix: prefix, startAfter: next, limit: limit, maxBytes: maxBytes)
            #expect(page.entries.count <= limit && page.revision == machine.lastApplied)
            let bytes = page.entries.reduce(0) { $0 + $1.key.count + $1.value.count }
            #expect(page.entries.count == 1 || bytes <= maxBytes)
            #expect(page.next == nil || page.next == page.entries.last?.key)
            #expect(
                page.entries.allSatisfy { $0.value == $0.key + $0.key && machine.get($0.key)?.revision == $0.revision })
            found += page.entries.map(\.key)
            next = page.next
        } while next != nil && found.count <= keys.count
        return found
    }

    @Test("the pages together are the whole, for every limit and prefix")
    func paging() {
        for prefix: [UInt8] in [
            [], [0x61], [0x61, 0x61], [0x62], [0xFF], [0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x00],
        ] {
            let whole = keys.filter { $0.starts(with: prefix) }
            for limit in 1...(keys.count + 1) {
                #expect(pages(prefix: prefix, limit: limit, maxBytes: .max) == whole, "prefix \(prefix) limit \(limit)")
            }
            for maxBytes in 0...40 {
                #expect(
                    pages(prefix: prefix, limit: 1000, maxBytes: maxBytes) == whole,
                    "prefix \(prefix) bytes \(maxBytes)")
            }
        }
    }

    @Test("next is nil when exactly the limit was there")
    func exactLimit() {
        #expect(machine.list(prefix: [], limit: keys.count, maxBytes: .max).next == nil)
        #expect(machine.list(prefix: [], limit: keys.count - 1, maxBytes: .max).next == keys[keys.count - 2])
        #expect(machine.list(prefix: [0x63], limit: 1, maxBytes: 0).entries.isEmpty)
    }

    @Test("startAfter need not be there, nor begin with the prefix")
    func startAfter() {
        for start in keys + [[], [0x60], [0x61, 0x00], [0x61, 0x61, 0x00], [0x63], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]] {
            for prefix: [UInt8] in [[], [0x61], [0x62], [0xFF, 0xFF]] {
                let expected = keys.filter { start.lexicographicallyPrecedes($0) && $0.starts(with: prefix) }
                let page = machine.list(prefix: prefix, startAfter: start, limit: 1000, maxBytes: .max)
                #expect(page.entries.map(\.key) == expected, "prefix \(prefix) after \(start)")
            }
        }
    }
}
