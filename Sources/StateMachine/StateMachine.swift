import Bytes
package import Raft

/// The replicated state: what the committed entries make of the empty one, the same on every node (thesis 2.1).
///
/// Deterministic: the only inputs are the entries. Nothing here reads a clock, a hash seed or a locale.
package struct StateMachine: Sendable {
    var current: View

    /// What this node found at the last comparison, if it applied that entry itself. Not replicated: nodes may differ in it.
    package private(set) var noted: NotedHash?

    /// Before the first entry.
    package init() { self.init(View()) }

    init(_ view: View) { current = view }

    /// The index of the last entry applied; 0 before the first.
    package var lastApplied: LogIndex { current.lastApplied }

    /// The time of the last command applied, in Unix milliseconds. Never falls, whatever the entries say.
    package var lastTimestamp: UInt64 { current.lastTimestamp }

    /// The number of keys.
    package var count: Int { current.count }

    /// What `--max-state-size` limits: the bytes of keys and values, session logs and tags, and their places. What is remembered beside
    /// them has limits of its own.
    package var contentBytes: Int { current.contentBytes }

    /// The part of it that session logs have.
    package var sessionLogBytes: Int { current.sessionLogs.bytes }

    /// The part of it that one session log has; 0 when there is none.
    package func byteCount(ofSession name: [UInt8]) -> Int { current.sessionLogs.get(name)?.bytes ?? 0 }

    /// About how many bytes of memory the state takes. See ``View/approximateBytes``.
    package var approximateBytes: Int { current.approximateBytes }

    /// What the members say of themselves, ascending by instance.
    package var announcements: [Announcement] { current.announcements }

    /// What the members have told of their states' hashes, and what follows from it.
    package var comparison: HashComparison { current.comparison }

    /// The state as it is now, for good: not changed by what is applied later. May be read on another thread.
    /// - Complexity: O(1).
    package func view() -> View { current }

    /// The value of `key`, `nil` when it is absent.
    package func get(_ key: [UInt8]) -> Versioned? { current.get(key) }

    /// The entries whose keys begin with `prefix`, in order, a page at a time. See ``View/list(prefix:startAfter:limit:maxBytes:)``.
    package func list(prefix: [UInt8], startAfter: [UInt8]? = nil, limit: Int, maxBytes: Int) -> Page {
        current.list(prefix: prefix, startAfter: startAfter, limit: limit, maxBytes: maxBytes)
    }

    /// The changes after `position` to keys that begin with `prefix`. See ``View/events(after:prefix:limit:maxBytes:)``.
    package func events(after position: EventPosition, prefix: [UInt8] = [], limit: Int, maxBytes: Int) -> EventPage {
        current.events(after: position, prefix: prefix, limit: limit, maxBytes: maxBytes)
    }

    /// The answer to a question about session logs. See ``SessionLogs/answer(_:)``.
    package func answer(_ query: SessionQuery) -> SessionAnswer { current.answer(query) }

    /// The answer to a question about heaps. See ``HeapTags/answer(_:)``.
    package func answer(_ query: HeapQuery) -> HeapAnswer { current.answer(query) }

    /// The MCP session of this id; `nil` when there is none, or no more.
    package func mcpSession(_ id: MCPSessionID) -> MCPSession? { current.mcpSessions.get(id) }

    /// The number of MCP sessions.
    package var mcpSessionCount: Int { current.mcpSessions.count }

    /// Whether the session was used so long ago that its use must be told again (``MCPSessionCommand/touch(_:)``): a quarter of the time
    /// that it has for sure.
    package func isUseOld(of session: MCPSession) -> Bool {
        current.clock.now - session.lastUsed >= MCPSessions.guaranteedMilliseconds / 4
    }

    /// The changes of session logs and heaps after `position`. See ``View/resourceChanges(after:limit:)``.
    package func resourceChanges(after position: EventPosition, limit: Int) -> ResourceChangePage {
        current.resourceChanges(after: position, limit: limit)
    }

    /// Applies a committed entry.
    /// - Returns: what became of the command; `nil` for an entry that carries none.
    /// - Precondition: `entry.index == lastApplied + 1`
    @discardableResult
    package mutating func apply(_ entry: LogEntry) -> Outcome? {
        precondition(
            entry.index == lastApplied + 1, "entry \(entry.position) applied after \(lastApplied): entries come densely"
        )
        current.position = entry.position
        switch entry.kind {
        case .noop: return nil
        case .configuration:
            current.configure(entry)
            return nil
        case .command:
            let outcome = applyCommand(entry.payload, index: entry.index)
            current.history.trim(keeping: entry.index)
            current.resourceHistory.trim(keeping: entry.index)
            return outcome
        }
    }

    /// What does not decode is invalid on every node alike: it was committed, so none may stop at it.
    private mutating func applyCommand(_ payload: [UInt8], index: LogIndex) -> Outcome {
        do {
            var reader = ByteReader(payload)
            let timestamp = try reader.readUInt64()
            current.lastTimestamp = max(current.lastTimestamp, timestamp)
            current.clock.advance(to: timestamp)
            current.retries.expire(at: current.clock.now)
            current.keyedRetries.expire(at: current.clock.now)
            return once(try Command(readingToEndOf: &reader), index: index)
        } catch {
            return .invalid(reason: error.description)
        }
    }

    /// Carries a command out unless it is a copy of one that was (thesis 6.3).
    private mutating func once(_ command: Command, index: LogIndex) -> Outcome {
        guard let request = command.requestID else { return onceForItsKey(command, index: index) }
        switch current.retries.admit(request, completedBelow: command.completedBelow, at: current.clock.now) {
        case .superseded: return .superseded
        case .duplicate(let outcome): return outcome
        case .new:
            let outcome = onceForItsKey(command, index: index)
            current.retries.record(outcome, for: request)
            return outcome
        }
    }

    /// Carries a command out unless the client has had it carried out before, under the same key.
    private mutating func onceForItsKey(_ command: Command, index: LogIndex) -> Outcome {
        guard let key = command.idempotencyKey else { return perform(command.operation, index: index) }
        let now = current.clock.now
        switch current.keyedRetries.verdict(on: key, at: now) {
        case .repeated(let outcome): return outcome
        case .reused: return .keyReused
        case .new:
            guard current.keyedRetries.hasRoom(for: key, extraBytes: current.extraOutcomeBytes(of: command.operation))
            else { return .retryTableFull }
            let outcome = perform(command.operation, index: index)
            current.keyedRetries.record(outcome, for: key, at: now)
            return outcome
        }
    }

    private mutating func perform(_ operation: Operation, index: LogIndex) -> Outcome {
        switch operation {
        case .put(let key, let value, let condition):
            if let refusal = refusal(of: condition, for: key) { return refusal }
            return .put(revision: index, created: current.put(key, value, revision: index) == nil)
        case .delete(let key, let condition):
            if let refusal = refusal(of: condition, for: key) { return refusal }
            return .delete(revision: index, deleted: current.remove(key, revision: index) != nil)
        case .transaction(let transaction): return current.perform(transaction, revision: index)
        case .session(let command): return .session(current.perform(command, revision: index))
        case .heap(let command): return .heap(current.perform(command, revision: index))
        case .mcpSession(let command):
            return .mcpSession(current.mcpSessions.perform(command, now: current.clock.now, index: index))
        case .announce(let announcement):
            current.announce(announcement)
            return .noted
        case .compareHashes:
            current.comparison.begin(at: index)
            noted = NotedHash(index: index, hash: current.hash)
            return .noted
        case .reportHash(let report):
            current.comparison.add(report, from: current.configuration)
            return .noted
        }
    }

    private func refusal(of condition: Condition, for key: [UInt8]) -> Outcome? {
        // Spares the usual write a search.
        if condition == .none { return nil }
        let revision = current.get(key)?.revision
        return condition.holds(for: revision) ? nil : .preconditionFailed(current: revision)
    }
}
