@testable import Raft
import Testing

/// A log that keeps every entry and finds everything by looking at all of them.
private struct DumbLog {
    var entries: [LogEntry] = []
    /// Entries up to here have left memory.
    var forgotten: LogIndex = 0

    var lastIndex: LogIndex { LogIndex(entries.count) }

    func term(at index: LogIndex) -> Term? { index == 0 ? 0 : entries.first { $0.index == index }?.term }

    func lastPossibleAgreement(with position: LogPosition) -> LogPosition {
        entries.last { $0.index <= position.index && $0.term <= position.term }?.position ?? .zero
    }

    func slice(from index: LogIndex, through end: LogIndex, maxBytes: Int) -> [LogEntry]? {
        if index <= forgotten { return nil }
        var found: [LogEntry] = []
        for entry in entries where entry.index >= index && entry.index <= end {
            let weight = (found + [entry]).map(\.weight).reduce(0, +)
            if !found.isEmpty, weight > maxBytes { break }
            found.append(entry)
        }
        return found
    }

    var memoryWeight: Int { entries.filter { $0.index > forgotten }.map(\.weight).reduce(0, +) }

    mutating func truncate(after index: LogIndex) {
        entries.removeAll { $0.index > index }
        forgotten = min(forgotten, lastIndex)
    }

    mutating func trim(through index: LogIndex, toWeight bytes: Int) {
        while memoryWeight > bytes, forgotten < min(index, lastIndex) { forgotten += 1 }
    }
}

@Suite struct RaftLogTests {
    @Test(arguments: UInt64(1)...40)
    func behavesAsALogThatKeepsEverything(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var log = RaftLog()
        var dumb = DumbLog()
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let entry = nextEntry(after: dumb, &random)
            log.noteOnDisk(entry.position)
            dumb.entries.append(entry)
            dumb.forgotten = entry.index
        }
        for step in 0..<200 {
            change(&log, &dumb, &random)
            compare(log, dumb, &random, "seed \(seed), step \(step)")
        }
    }

    private func nextEntry(after log: DumbLog, _ random: inout SeededRandom) -> LogEntry {
        let jump = UInt64.random(in: 0..<4, using: &random) == 0 ? UInt64.random(in: 1...3, using: &random) : 0
        let payload = [UInt8](repeating: 7, count: Int.random(in: 0...50, using: &random))
        return LogEntry(
            term: max(1, (log.entries.last?.term ?? 1) + jump), index: log.lastIndex + 1, kind: .command,
            payload: payload)
    }

    private func change(_ log: inout RaftLog, _ dumb: inout DumbLog, _ random: inout SeededRandom) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            let index = UInt64.random(in: 0...dumb.lastIndex, using: &random)
            let kept = max(index, dumb.lastIndex > 12 ? dumb.lastIndex - 12 : 0)
            log.truncate(after: kept)
            dumb.truncate(after: kept)
        case 1, 2:
            let index = UInt64.random(in: 0...dumb.lastIndex, using: &random)
            let bytes = Int.random(in: 0...600, using: &random)
            log.trim(through: index, toWeight: bytes)
            dumb.trim(through: index, toWeight: bytes)
        default:
            let entry = nextEntry(after: dumb, &random)
            log.append(entry)
            dumb.entries.append(entry)
        }
    }

    private func compare(_ log: RaftLog, _ dumb: DumbLog, _ random: inout SeededRandom, _ place: String) {
        #expect(log.lastIndex == dumb.lastIndex, "\(place)")
        #expect(log.lastPosition == dumb.entries.last?.position ?? .zero, "\(place)")
        #expect(log.windowFirst == dumb.forgotten + 1, "\(place)")
        #expect(log.windowWeight == dumb.memoryWeight, "\(place)")
        let index = UInt64.random(in: 0...(dumb.lastIndex + 2), using: &random)
        let term = UInt64.random(in: 0...((dumb.entries.last?.term ?? 0) + 1), using: &random)
        let position = LogPosition(index: index, term: term)
        #expect(log.term(at: index) == dumb.term(at: index), "\(place)")
        #expect(log.matches(position) == (dumb.term(at: index) == term), "\(place)")
        #expect(log.lastPossibleAgreement(with: position) == dumb.lastPossibleAgreement(with: position), "\(place)")
        #expect(log.entry(at: index) == dumb.entries.first { $0.index == index && index > dumb.forgotten }, "\(place)")
        let from = UInt64.random(in: 1...(dumb.lastIndex + 1), using: &random)
        let end = UInt64.random(in: 0...(dumb.lastIndex + 1), using: &random)
        let bytes = Int.random(in: 0...400, using: &random)
        let slice = log.slice(from: from, through: end, maxBytes: bytes)
        #expect(
            slice == dumb.slice(from: from, through: end, maxBytes: bytes),
            "\(place): \(from) through \(end), \(bytes) bytes")
    }

    @Test func termsAreKnownOfEntriesThatLeftMemory() {
        var log = RaftLog()
        for index in 1...LogIndex(1_000) {
            log.append(LogEntry(term: 5, index: index, kind: .noop, payload: []))
            log.trim(through: index, toWeight: 320)
        }
        #expect(log.windowFirst == 991)
        #expect(log.term(at: 1) == 5)
        #expect(log.entry(at: 990) == nil)
        #expect(log.entry(at: 991)?.index == 991)
    }
}
