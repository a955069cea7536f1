import Raft
import StateMachine
import Testing

@Suite("Retry table (thesis 6.3)")
struct RetryTableTests {
    private let node = InstanceID(high: 1, low: 1)
    private let minute: UInt64 = 60_000

    private func request(_ sequence: UInt64, boot: UInt64 = 1) -> RequestID {
        RequestID(instance: node, boot: boot, sequence: sequence)
    }

    @Test("a duplicate has the outcome of the first; other nodes, boots and sequences have not")
    func duplicates() {
        var table = RetryTable()
        #expect(table.admit(request(5), completedBelow: 0, at: 0) == .new)
        table.record(.put(revision: 1, created: true), for: request(5))
        #expect(table.admit(request(5), completedBelow: 0, at: 1) == .duplicate(.put(revision: 1, created: true)))
        #expect(table.admit(request(4), completedBelow: 0, at: 1) == .new)
        #expect(table.admit(request(5, boot: 2), completedBelow: 0, at: 1) == .new)
        let other = RequestID(instance: InstanceID(high: 0, low: 9), boot: 1, sequence: 5)
        #expect(table.admit(other, completedBelow: 0, at: 1) == .new)
        #expect(table.sessionCount == 3)
        #expect(table.admit(request(5), completedBelow: 0, at: 1) == .duplicate(.put(revision: 1, created: true)))
    }

    @Test("completedBelow frees outcomes, never rises and falls, and makes late copies superseded")
    func completion() {
        var table = RetryTable()
        var random = SeededRandom(seed: 3)
        for sequence in (0..<100).shuffled(using: &random) {
            #expect(table.admit(request(UInt64(sequence)), completedBelow: 0, at: 0) == .new)
            table.record(.delete(revision: UInt64(sequence), deleted: true), for: request(UInt64(sequence)))
        }
        #expect(table.outcomeCount == 100)
        for bound in [30, 10, 31, 80] as [UInt64] {
            _ = table.admit(request(99), completedBelow: bound, at: 0)
        }
        #expect(table.outcomeCount == 20)
        #expect(table.admit(request(79), completedBelow: 0, at: 0) == .superseded)
        #expect(table.admit(request(80), completedBelow: 0, at: 0) == .duplicate(.delete(revision: 80, deleted: true)))
        #expect(table.admit(request(100), completedBelow: 100, at: 0) == .new)
        #expect(table.outcomeCount == 0)
    }

    @Test("a session is forgotten ten minutes after its last use, to the millisecond")
    func expiry() {
        var table = RetryTable()
        #expect(table.admit(request(1), completedBelow: 0, at: 0) == .new)
        table.record(.superseded, for: request(1))
        #expect(table.admit(request(1, boot: 2), completedBelow: 0, at: minute) == .new)
        #expect(table.admit(request(1), completedBelow: 0, at: 5 * minute) == .duplicate(.superseded))
        table.expire(at: 11 * minute - 1)
        #expect(table.sessionCount == 2)
        table.expire(at: 11 * minute)
        #expect(table.sessionCount == 1)
        table.expire(at: 15 * minute - 1)
        #expect(table.admit(request(1), completedBelow: 0, at: 15 * minute - 1) == .duplicate(.superseded))
        table.expire(at: 25 * minute - 1)
        #expect(table.sessionCount == 0)
        #expect(table.admit(request(1), completedBelow: 0, at: 25 * minute) == .new)
    }

    @Test("any time may be in an entry")
    func extremeTimes() {
        var table = RetryTable()
        #expect(table.admit(request(1), completedBelow: 0, at: .max - 1) == .new)
        table.expire(at: .max)
        #expect(table.sessionCount == 1)
    }

    @Test("expires what a table that looks at every session every time would", arguments: 1...8 as ClosedRange<UInt64>)
    func expiryAgainstOracle(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = RetryTable()
        var lastUsed: [UInt64: UInt64] = [:]
        var now: UInt64 = 0
        for step in 0..<2000 as Range<UInt64> {
            now += UInt64.random(in: 0...(3 * minute), using: &random)
            table.expire(at: now)
            lastUsed = lastUsed.filter { now - $0.value < RetryTable.lifetimeMilliseconds }
            #expect(table.sessionCount == lastUsed.count, "seed \(seed) step \(step)")
            let boot = UInt64.random(in: 0..<8, using: &random)
            #expect(table.admit(request(step, boot: boot), completedBelow: step, at: now) == .new)
            lastUsed[boot] = now
        }
    }
}
