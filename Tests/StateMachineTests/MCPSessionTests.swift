import Bytes
import Raft
import Testing

@testable import StateMachine

@Suite("MCP sessions")
struct MCPSessionTests {
    private static let hour = MCPSessions.guaranteedMilliseconds
    private static let day = MCPSessions.lifetimeMilliseconds

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static func id(_ number: UInt64) -> MCPSessionID { MCPSessionID(high: 1, low: number) }
    private static func open(_ number: UInt64) -> MCPSessionCommand {
        .open(id(number), revision: bytes("2025-11-25"), sessionLog: bytes("log\(number)"))
    }

    @Test("a session is opened once, subscribes, is used and is closed")
    func life() throws {
        var state = StateMachine()
        func apply(_ command: MCPSessionCommand, at time: UInt64) -> Outcome? {
            let payload = Command.payload(timestamp: time, commandBytes: Command(.mcpSession(command)).encode())
            return state.apply(LogEntry(term: 1, index: state.lastApplied + 1, kind: .command, payload: payload))
        }
        #expect(apply(Self.open(1), at: 1) == .mcpSession(.done))
        let copy = MCPSessionCommand.open(Self.id(1), revision: Self.bytes("x"), sessionLog: Self.bytes("y"))
        #expect(apply(copy, at: 2) == .mcpSession(.done))
        let opened = try #require(state.mcpSession(Self.id(1)))
        #expect(opened.sessionLog == Self.bytes("log1") && opened.revision == Self.bytes("2025-11-25"))
        #expect(opened.subscribedAt == 0 && !state.isUseOld(of: opened))

        for uri in ["heap:///b", "heap:///a", "heap:///b"] {
            #expect(apply(.subscribe(Self.id(1), uri: Self.bytes(uri)), at: 3) == .mcpSession(.done))
        }
        #expect(state.mcpSession(Self.id(1))?.subscriptions == ["heap:///a", "heap:///b"].map(Self.bytes))
        #expect(state.mcpSession(Self.id(1))?.subscribedAt == 4)
        #expect(apply(.unsubscribe(Self.id(1), uri: Self.bytes("heap:///a")), at: 3) == .mcpSession(.done))
        #expect(apply(.unsubscribe(Self.id(1), uri: Self.bytes("heap:///a")), at: 3) == .mcpSession(.done))
        #expect(state.mcpSession(Self.id(1))?.subscriptions == [Self.bytes("heap:///b")])
        #expect(state.mcpSession(Self.id(1))?.subscribedAt == 6)

        for minute in 1...15 as ClosedRange<UInt64> {
            #expect(apply(.touch([]), at: 3 + minute * 60_000) == .mcpSession(.done))
        }
        #expect(state.isUseOld(of: try #require(state.mcpSession(Self.id(1)))))
        #expect(apply(.touch([Self.id(1), Self.id(2)]), at: 900_004) == .mcpSession(.done))
        #expect(!state.isUseOld(of: try #require(state.mcpSession(Self.id(1)))) && state.mcpSessionCount == 1)
        #expect(state.contentBytes == 0, "what agents wrote, and what the quota limits, is something else")

        for command in [.close(Self.id(2)), .subscribe(Self.id(2), uri: [1]), .unsubscribe(Self.id(2), uri: [1])]
            as [MCPSessionCommand]
        {
            #expect(apply(command, at: 900_005) == .mcpSession(.unknown))
        }
        #expect(apply(.close(Self.id(1)), at: 900_006) == .mcpSession(.done))
        #expect(apply(.close(Self.id(1)), at: 900_006) == .mcpSession(.unknown))
        #expect(state.mcpSession(Self.id(1)) == nil && state.mcpSessionCount == 0)
        #expect(state.current.mcpSessions.hash == .zero && state.current.mcpSessions.bytes == 0)
    }

    @Test("what nobody uses for a day is forgotten, and nothing that somebody uses")
    func lifetime() {
        let table = Table()
        for number in 0..<200 as Range<UInt64> {
            #expect(table.after(Self.open(number), now: number, index: number) == .done)
        }
        #expect(table.after(.touch([Self.id(7)]), now: 1000, index: 300) == .done)
        #expect(table.after(.touch([]), now: Self.day - 1, index: 301) == .done)
        #expect(table.sessions.count == 200)
        #expect(table.after(.touch([]), now: Self.day, index: 302) == .done)
        #expect(table.sessions.count == 199 && table.sessions.get(Self.id(0)) == nil)
        // One command forgets only some, so that nobody waits for it.
        #expect(table.after(.touch([]), now: Self.day + 500, index: 303) == .done)
        #expect(table.sessions.count == 199 - 64)
        for index in 304...307 as ClosedRange<UInt64> {
            #expect(table.after(.touch([]), now: Self.day + 500, index: index) == .done)
        }
        #expect(table.sessions.count == 1 && table.sessions.get(Self.id(7)) != nil)
        #expect(table.sessions.uses.count == table.sessions.count)
    }

    @Test("a full table forgets who was not seen for an hour, and nobody else")
    func fullTable() {
        let table = Table(MCPSessions.Limits(count: 3, bytes: 1 << 20))
        for number in 0..<3 as Range<UInt64> {
            #expect(table.after(Self.open(number), now: number, index: 1 + number) == .done)
        }
        #expect(table.after(Self.open(3), now: Self.hour - 1, index: 4) == .full)
        #expect(table.after(.touch([Self.id(0)]), now: Self.hour, index: 5) == .done)
        #expect(table.after(Self.open(3), now: Self.hour + 1, index: 6) == .done)
        #expect(
            table.sessions.get(Self.id(1)) == nil && table.sessions.get(Self.id(0)) != nil && table.sessions.count == 3)
        #expect(table.after(.close(Self.id(2)), now: Self.hour + 1, index: 7) == .done)
        #expect(table.after(Self.open(4), now: Self.hour + 1, index: 8) == .done)
        #expect(table.after(Self.open(5), now: Self.hour + 1, index: 9) == .full)
    }

    @Test("subscriptions have limits: a session's own, and the table's")
    func tooManySubscriptions() {
        let table = Table()
        #expect(table.after(Self.open(1), now: 0, index: 1) == .done)
        for number in 0..<MCPSession.maximumSubscriptions {
            #expect(table.after(.subscribe(Self.id(1), uri: Self.bytes("u\(number)")), now: 0, index: 2) == .done)
        }
        #expect(table.after(.subscribe(Self.id(1), uri: Self.bytes("more")), now: 0, index: 3) == .full)
        #expect(table.after(.subscribe(Self.id(1), uri: Self.bytes("u7")), now: 0, index: 4) == .done)

        let small = Table(MCPSessions.Limits(count: 3, bytes: 1000))
        #expect(small.after(Self.open(1), now: 0, index: 1) == .done)
        let long = [UInt8](repeating: 0x61, count: 700)
        #expect(small.after(.subscribe(Self.id(1), uri: long), now: 0, index: 2) == .full)
        #expect(small.after(Self.open(2), now: 0, index: 3) == .done)
        #expect(small.after(Self.open(3), now: 0, index: 4) == .full, "three take more than 1000 bytes")
    }

    @Test("a snapshot whose sessions are of the future, or lie before its state's clock, is refused")
    func snapshotOfTheFuture() throws {
        var state = StateMachine()
        state.current.position = LogPosition(index: 10, term: 1)
        func restore(lastUsed: UInt64, subscribedAt: UInt64) throws {
            state.current.mcpSessions = MCPSessions()
            var session = MCPSession(revision: [0x61], sessionLog: [0x62], lastUsed: lastUsed)
            let isSubscribed = session.subscribe([0x63], at: subscribedAt)
            try #require(isSubscribed)
            state.current.mcpSessions.put(Self.id(1), session)
            #expect(try state.restored().mcpSession(Self.id(1)) == session)
        }
        try restore(lastUsed: 0, subscribedAt: 10)
        #expect(throws: SnapshotFailure.self) { try restore(lastUsed: 1, subscribedAt: 10) }
        #expect(throws: SnapshotFailure.self) { try restore(lastUsed: 0, subscribedAt: 11) }
    }
}

/// A table that a test changes within an expectation.
private final class Table {
    private(set) var sessions: MCPSessions

    init(_ limits: MCPSessions.Limits = .standard) { sessions = MCPSessions(limits: limits) }

    func after(_ command: MCPSessionCommand, now: UInt64, index: UInt64) -> MCPSessionOutcome {
        sessions.perform(command, now: now, index: index)
    }
}
