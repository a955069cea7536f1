import Bytes
import Raft

/// The MCP sessions of all clients that said `initialize`, wherever they did.
///
/// A session that nobody uses for a day is forgotten; when there are too many, so is the one that was not used for longest, if that was an
/// hour or more. Time is that of the entries (``EntryClock``), so every node forgets at the same entry. A copy takes O(1).
struct MCPSessions: Sendable {
    struct Limits: Sendable, Equatable {
        let count: Int
        let bytes: Int

        static let standard = Limits(count: 100_000, bytes: 64 << 20)
    }

    /// How long a session is kept that nobody uses.
    static let lifetimeMilliseconds: UInt64 = 24 * 3_600_000
    /// For how long at least, however many there are.
    static let guaranteedMilliseconds: UInt64 = 3_600_000

    /// The most sessions that one command makes the table forget.
    private static let maximumForgotten = 64

    let limits: Limits
    private(set) var sessions = OrderedMap<MCPSession>()
    /// The same sessions by when they were last used: time, then id.
    private(set) var uses = OrderedMap<MCPSessionID>()
    /// About how many bytes they take: a sum over what is there.
    private(set) var bytes = 0
    /// The sum over the sessions.
    private(set) var hash = StateHash.zero

    init(limits: Limits = .standard) { self.limits = limits }

    var count: Int { sessions.count }

    func get(_ id: MCPSessionID) -> MCPSession? { sessions.get(MCPSessions.key(id)) }

    /// Carries out a change.
    /// - Parameters:
    ///   - now: the time of the entry being applied, in milliseconds; never falls.
    ///   - index: of that entry.
    /// - Complexity: O(log n) a session that it names.
    mutating func perform(_ command: MCPSessionCommand, now: UInt64, index: LogIndex) -> MCPSessionOutcome {
        expire(at: now)
        switch command {
        case .open(let id, let revision, let sessionLog):
            let session = MCPSession(revision: revision, sessionLog: sessionLog, lastUsed: now)
            // A node's random number that comes twice is the copy of a command.
            guard get(id) == nil else { return .done }
            guard makeRoom(for: session, at: now) else { return .full }
            put(id, session)
            return .done
        case .close(let id): return remove(id) == nil ? .unknown : .done
        case .touch(let ids):
            for id in ids { change(id) { $0.lastUsed = now } }
            return .done
        case .subscribe(let id, let uri):
            var hasRoom = bytes + uri.count + MCPSession.subscriptionOverhead <= limits.bytes
            let isKnown = change(id) {
                $0.lastUsed = now
                if hasRoom { hasRoom = $0.subscribe(uri, at: index) }
            }
            return !isKnown ? .unknown : hasRoom ? .done : .full
        case .unsubscribe(let id, let uri):
            let isKnown = change(id) {
                $0.lastUsed = now
                $0.unsubscribe(uri, at: index)
            }
            return isKnown ? .done : .unknown
        }
    }

    /// Adds a session that is not there, as a snapshot has it.
    mutating func put(_ id: MCPSessionID, _ session: MCPSession) {
        let previous = sessions.put(MCPSessions.key(id), session)
        precondition(previous == nil, "MCP session \(id) is there twice")
        uses.put(MCPSessions.useKey(id, session.lastUsed), id)
        bytes += session.byteCount
        hash += .mcpSession(id, session)
    }

    /// - Returns: the session that was there.
    @discardableResult
    private mutating func remove(_ id: MCPSessionID) -> MCPSession? {
        guard let session = sessions.remove(MCPSessions.key(id)) else { return nil }
        uses.remove(MCPSessions.useKey(id, session.lastUsed))
        bytes -= session.byteCount
        hash -= .mcpSession(id, session)
        return session
    }

    /// - Returns: whether there is such a session.
    @discardableResult
    private mutating func change(_ id: MCPSessionID, _ body: (inout MCPSession) -> Void) -> Bool {
        guard var session = remove(id) else { return false }
        body(&session)
        put(id, session)
        return true
    }

    // MARK: Forgetting

    /// Forgets what nobody used for a day, as far as one command should.
    private mutating func expire(at now: UInt64) {
        for _ in 0..<MCPSessions.maximumForgotten {
            guard let oldest, now - oldest.lastUsed >= MCPSessions.lifetimeMilliseconds else { return }
            remove(oldest.id)
        }
    }

    /// Forgets what was not used for longest, if there is no room otherwise.
    private mutating func makeRoom(for session: MCPSession, at now: UInt64) -> Bool {
        for _ in 0..<MCPSessions.maximumForgotten {
            if count < limits.count, bytes + session.byteCount <= limits.bytes { return true }
            guard let oldest, now - oldest.lastUsed >= MCPSessions.guaranteedMilliseconds else { return false }
            remove(oldest.id)
        }
        return count < limits.count && bytes + session.byteCount <= limits.bytes
    }

    private var oldest: (id: MCPSessionID, lastUsed: UInt64)? {
        var first: MCPSessionID?
        uses.forEach { _, id in
            first = id
            return false
        }
        return first.flatMap { id in get(id).map { (id, $0.lastUsed) } }
    }

    // MARK: Keys

    private static func key(_ id: MCPSessionID) -> [UInt8] { bigEndian(id.high) + bigEndian(id.low) }

    /// The id whose key this is.
    static func id(_ key: [UInt8]) -> MCPSessionID {
        let words = [key.prefix(8), key.dropFirst(8)].map { $0.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
        return MCPSessionID(high: words[0], low: words[1])
    }

    private static func useKey(_ id: MCPSessionID, _ time: UInt64) -> [UInt8] { bigEndian(time) + key(id) }

    /// Sorts as the number does.
    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }
}
