import Raft
import Testing

@testable import StateMachine

@Suite("Session logs")
struct SessionLogTests {
    private static func entry(_ head: String, code: String = "code") -> SessionEntry {
        SessionEntry(inputHeap: nil, outputHeap: Array(head.utf8), outputFS: nil, code: Array(code.utf8))
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A state to which commands are applied one after the other.
    private struct Machine {
        var state = StateMachine()
        var time: UInt64 = 1000

        mutating func apply(_ session: String, _ action: SessionCommand.Action) throws -> SessionOutcome {
            let command = Command(.session(SessionCommand(bytes(session), action)))
            let outcome = state.apply(
                LogEntry(
                    term: 1, index: state.lastApplied + 1, kind: .command,
                    payload: Command.payload(timestamp: time, commandBytes: command.encode())))
            guard case .session(let outcome) = outcome else {
                Issue.record("\(String(describing: outcome))")
                throw CancellationError()
            }
            return outcome
        }

        mutating func append(
            _ session: String, _ head: String, expecting: ExpectedHead = .anything
        ) throws -> SessionOutcome {
            try apply(session, .append(entry(head), expecting: expecting))
        }

        func entries(_ session: String) -> [LoggedSessionEntry] {
            let query = SessionQuery.entries(session: bytes(session), startAfter: nil, limit: .max, maxBytes: .max)
            guard case .entries(let entries, nil) = state.answer(query) else { return [] }
            return entries
        }

        var names: [String] {
            guard case .names(let names, nil) = state.answer(.names(startAfter: nil, limit: .max, maxBytes: .max))
            else { return [] }
            return names.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test("indexes are dense, from 0 on, and times never fall")
    func dense() throws {
        var machine = Machine()
        #expect(try machine.append("s", "h0") == .appended(index: 0, revision: 1))
        machine.time = 500
        #expect(try machine.append("s", "h1") == .appended(index: 1, revision: 2))
        machine.time = 2000
        #expect(try machine.append("t", "h0") == .appended(index: 0, revision: 3))
        #expect(try machine.append("s", "h2") == .appended(index: 2, revision: 4))
        #expect(machine.entries("s").map(\.index) == [0, 1, 2])
        #expect(machine.entries("s").map(\.timestamp) == [1000, 1000, 2000])
        #expect(machine.entries("s").map(\.entry) == ["h0", "h1", "h2"].map { Self.entry($0) })
    }

    @Test("names are opaque: one that begins like another, or differs by a byte, is another log")
    func names() throws {
        var machine = Machine()
        for name in ["a", "a:b", "a\u{0}", "a/b", "é", "e\u{301}"] {
            #expect(try machine.append(name, "of \(name)") != .targetExists)
        }
        for name in ["a", "a:b", "a\u{0}", "a/b", "é", "e\u{301}"] {
            #expect(machine.entries(name).map(\.entry.outputHeap) == [Self.bytes("of \(name)")])
        }
        #expect(machine.state.view().sessionLogCount == 6)
        #expect(machine.names == ["a", "a\u{0}", "a/b", "a:b", "e\u{301}", "é"])
    }

    @Test("of two that go on from the same head, one is refused and told the new head")
    func expectedHead() throws {
        var machine = Machine()
        #expect(try machine.append("s", "h0", expecting: .heap(Self.bytes("x"))) == .headMismatch(head: nil))
        #expect(machine.names.isEmpty)
        #expect(try machine.append("s", "h0", expecting: .empty) == .appended(index: 0, revision: 2))
        #expect(try machine.append("s", "h9", expecting: .empty) == .headMismatch(head: Self.bytes("h0")))
        #expect(try machine.append("s", "h1", expecting: .heap(Self.bytes("h0"))) == .appended(index: 1, revision: 4))
        #expect(
            try machine.append("s", "h2", expecting: .heap(Self.bytes("h0"))) == .headMismatch(head: Self.bytes("h1")))
        #expect(machine.entries("s").count == 2)
        // What was trimmed away is no head any more, and the indexes go on.
        #expect(try machine.apply("s", .trim(before: 9)) == .trimmed(revision: 6, removed: 2))
        #expect(try machine.append("s", "h2", expecting: .empty) == .appended(index: 2, revision: 7))
    }

    @Test("a fork has the same entries and goes its own way")
    func fork() throws {
        var machine = Machine()
        #expect(try machine.apply("s", .fork(to: Self.bytes("t"))) == .sourceEmpty)
        for number in 0..<300 { #expect(try machine.append("s", "h\(number)") != .targetExists) }
        #expect(try machine.apply("s", .trim(before: 10)) == .trimmed(revision: 302, removed: 10))
        #expect(try machine.apply("s", .fork(to: Self.bytes("t"))) == .forked(revision: 303))
        #expect(machine.entries("t") == machine.entries("s"))
        #expect(try machine.append("t", "own") == .appended(index: 300, revision: 304))
        #expect(try machine.append("s", "other") == .appended(index: 300, revision: 305))
        #expect(machine.entries("t").last?.entry == Self.entry("own"))
        #expect(machine.entries("s").last?.entry == Self.entry("other"))
        #expect(try machine.apply("s", .fork(to: Self.bytes("t"))) == .targetExists)
        #expect(try machine.apply("s", .fork(to: Self.bytes("s"))) == .targetExists)
        #expect(try machine.apply("s", .delete) == .deleted(revision: 308, deleted: true))
        #expect(try machine.apply("s", .delete) == .deleted(revision: 309, deleted: false))
        #expect(machine.entries("t").count == 291)
        #expect(try machine.append("s", "anew") == .appended(index: 0, revision: 310))
    }

    @Test("pages are as long as asked and lead on")
    func pages() throws {
        var machine = Machine()
        for number in 0..<700 { #expect(try machine.append("s", "h\(number)") != .targetExists) }
        var seen: [UInt64] = []
        var next: UInt64?
        repeat {
            let query = SessionQuery.entries(session: Self.bytes("s"), startAfter: next, limit: 99, maxBytes: .max)
            guard case .entries(let entries, let after) = machine.state.answer(query) else { return }
            #expect(entries.count == 99 || after == nil)
            seen += entries.map(\.index)
            next = after
        } while next != nil && seen.count < 1000
        #expect(seen == Array(0..<700))
        // A page of bytes has at least one entry.
        let small = SessionQuery.entries(session: Self.bytes("s"), startAfter: 698, limit: 9, maxBytes: 1)
        guard case .entries(let entries, nil) = machine.state.answer(small) else {
            Issue.record("the last page leads on")
            return
        }
        #expect(entries.map(\.index) == [699])
        let beyond = SessionQuery.entries(session: Self.bytes("s"), startAfter: .max, limit: 9, maxBytes: 1)
        #expect(machine.state.answer(beyond) == .entries([], next: nil))
        #expect(machine.state.answer(.latest(session: Self.bytes("s"))) == .latest(machine.entries("s").last))
        #expect(machine.state.answer(.latest(session: Self.bytes("t"))) == .latest(nil))
    }

    @Test("a log equals a plain array, whatever happens to it and its copies", arguments: 1...20 as ClosedRange<UInt64>)
    func model(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var logs: [(log: SessionLog, first: UInt64, model: [SessionEntry])] = [(SessionLog(), 0, [])]
        for step in 0..<3000 {
            let place = Int(random.next() % UInt64(logs.count))
            switch random.next() % 100 {
            case 0:
                if logs.count < 6 { logs.append(logs[place]) }
            case 1:
                let index = logs[place].first + random.next() % UInt64(logs[place].model.count + 2)
                logs[place].log.trim(before: index)
                let gone = min(Int(index - logs[place].first), logs[place].model.count)
                logs[place].model.removeFirst(gone)
                logs[place].first += UInt64(gone)
            default:
                // Now and then one that closes its chunk.
                let length = random.next() % 200 == 0 ? 70_000 : Int(random.next() % 40)
                let entry = Self.entry("h\(step)", code: String(repeating: "c", count: length))
                #expect(
                    logs[place].log.append(entry.encode(timestamp: 7))
                        == logs[place].first + UInt64(logs[place].model.count), "seed \(seed)")
                logs[place].model.append(entry)
            }
            guard step % 100 == 0 else { continue }
            for (log, first, model) in logs {
                var found: [SessionEntry] = []
                log.forEach(from: 0) { index, encoded in
                    let logged = SessionLog.decoded(index, encoded)
                    #expect(logged.index == first + UInt64(found.count), "seed \(seed)")
                    found.append(logged.entry)
                    return true
                }
                #expect(found == model, "seed \(seed) step \(step)")
                #expect(log.latest?.entry == model.last, "seed \(seed) step \(step)")
                // Its sums are those of a log that was never cut.
                var fresh = SessionLog(first: first)
                for entry in model { fresh.append(entry.encode(timestamp: 7)) }
                #expect(fresh.bytes == log.bytes && fresh.entriesHash == log.entriesHash, "seed \(seed) step \(step)")
            }
        }
    }

    @Test("whatever changes a log is told once, in order")
    func changes() throws {
        var machine = Machine()
        #expect(try machine.append("s", "h0") == .appended(index: 0, revision: 1))
        #expect(try machine.append("s", "h1") == .appended(index: 1, revision: 2))
        #expect(try machine.append("s", "h1", expecting: .empty) == .headMismatch(head: Self.bytes("h1")))
        #expect(try machine.apply("s", .fork(to: Self.bytes("t"))) == .forked(revision: 4))
        #expect(try machine.apply("s", .trim(before: 1)) == .trimmed(revision: 5, removed: 1))
        #expect(try machine.apply("s", .trim(before: 1)) == .trimmed(revision: 6, removed: 0))
        #expect(try machine.apply("s", .delete) == .deleted(revision: 7, deleted: true))
        let start = EventPosition(revision: 1, number: 0)
        guard
            case .page(let changes, let next) = machine.state.resourceChanges(
                after: EventPosition(revision: 0, number: .max), limit: 9)
        else {
            Issue.record("the history is not whole")
            return
        }
        #expect(changes.map(\.position.revision) == [1, 2, 4, 5, 7])
        #expect(changes.map(\.kind) == [.created, .updated, .created, .updated, .removed])
        #expect(changes.map { String(decoding: $0.resource.name, as: UTF8.self) } == ["s", "s", "t", "s", "s"])
        #expect(next == EventPosition(revision: 7, number: .max))
        guard case .page(let later, _) = machine.state.resourceChanges(after: start, limit: 1) else { return }
        #expect(later.map(\.position.revision) == [2])
    }
}
