import Bytes
import Raft

// What the hash of a state covers: exactly what a snapshot holds, each element as words and bytes. Version 3:
//
//     head      all that stands in the frame of the head, then the announcements, as in a snapshot
//     entry     revision, key, value                              kept: in the map, and in its sum
//     put       the hash of the entry it wrote, number            kept: in the history, and in its sum
//     delete    revision, number, key                             the same
//     session   instance, boot, last used, completed below        made when asked for: they are few
//     answer    instance, boot, sequence, outcome                 in its session's sum
//     keyed     time, fingerprint, scope, outcome                 in the sum of their table
//     logEntry  index, bytes as in a snapshot                     in the sum of its log
//     log       name, first and next index, sum of its entries    in the sum of all logs
//     heap      name, tags                                        in the sum of all heaps
//     mcpSess.  id, revision, session log, last used, subscribed at, URIs   in the sum of all
//     change    as the put of a key                               in the history of resources
//
// Whatever changes here, or in what an entry makes of a state, is another version (`StateHash.version`).

extension StateMachine.View {
    /// The hash of the whole state. It equals the one of the same state read from a snapshot.
    /// - Complexity: O(members + sessions).
    package var hash: StateHash {
        var writer = ByteWriter(reserving: 1024)
        encodeHead(into: &writer)
        for announcement in announcements { announcement.encode(into: &writer) }
        var head = ElementHasher(.head)
        head.add(writer.bytes)
        return head.finish() + entriesHash + retries.hash + keyedRetries.hash + history.hash + sessionLogs.hash
            + heapTags.hash + mcpSessions.hash + resourceHistory.events.hash
    }
}

extension StateHash {
    /// Of an entry of the map.
    static func entry(_ key: [UInt8], _ value: [UInt8], revision: UInt64) -> StateHash {
        var hasher = ElementHasher(.entry)
        hasher.add(revision)
        hasher.add(key)
        hasher.add(value)
        return hasher.finish()
    }

    /// Of the change that wrote an entry.
    /// - Parameter entry: the hash of the entry.
    static func put(_ entry: StateHash, number: UInt32) -> StateHash {
        var hasher = ElementHasher(.put)
        hasher.add(entry.high, entry.low)
        hasher.add(UInt64(number))
        return hasher.finish()
    }

    /// Of the change that deleted a key.
    static func delete(_ key: [UInt8], at position: EventPosition) -> StateHash {
        var hasher = ElementHasher(.delete)
        hasher.add(position.revision, UInt64(position.number))
        hasher.add(key)
        return hasher.finish()
    }
}

extension StateHash {
    /// Of an entry of a session log, whichever.
    static func sessionEntry(_ encoded: [UInt8], index: UInt64) -> StateHash {
        var hasher = ElementHasher(.logEntry)
        hasher.add(index)
        hasher.add(encoded)
        return hasher.finish()
    }

    /// Of a session log and all its entries.
    static func sessionLog(_ name: [UInt8], _ log: SessionLog) -> StateHash {
        var hasher = ElementHasher(.log)
        hasher.add(name)
        hasher.add(log.first, log.next)
        hasher.add(log.entriesHash.high, log.entriesHash.low)
        return hasher.finish()
    }

    /// Of a heap and all its tags.
    static func heap(_ name: [UInt8], _ tags: TagSet) -> StateHash {
        var hasher = ElementHasher(.heap)
        hasher.add(name)
        for tag in tags.tags {
            hasher.add(tag.key)
            hasher.add(tag.value)
        }
        return hasher.finish()
    }

    /// Of an MCP session and what it is subscribed to.
    static func mcpSession(_ id: MCPSessionID, _ session: MCPSession) -> StateHash {
        var hasher = ElementHasher(.mcpSession)
        hasher.add(id.high, id.low)
        hasher.add(session.revision)
        hasher.add(session.sessionLog)
        hasher.add(session.lastUsed, session.subscribedAt)
        for uri in session.subscriptions { hasher.add(uri) }
        return hasher.finish()
    }
}

extension RetryTable {
    /// The sum over all sessions.
    var hash: StateHash { sessions.reduce(.zero) { $0 + $1.hash } }
}

extension RetrySession {
    /// Of the session and of all outcomes that it keeps.
    var hash: StateHash {
        var hasher = ElementHasher(.session)
        hasher.add(instance.high, instance.low)
        hasher.add(boot, lastUsed)
        hasher.add(completedBelow)
        return hasher.finish() + answersHash
    }

    func hash(of answer: Answer) -> StateHash {
        var hasher = ElementHasher(.answer)
        hasher.add(instance.high, instance.low)
        hasher.add(boot, answer.sequence)
        answer.outcome.add(to: &hasher)
        return hasher.finish()
    }
}

extension KeyedRetries {
    static func hash(_ scope: [UInt8], _ kept: Kept) -> StateHash {
        var hasher = ElementHasher(.keyed)
        hasher.add(kept.time, kept.fingerprint)
        hasher.add(scope)
        kept.outcome.add(to: &hasher)
        return hasher.finish()
    }
}

extension Outcome {
    /// The usual ones without a detour over their bytes.
    fileprivate func add(to hasher: inout ElementHasher) {
        switch self {
        case .put(let revision, let created): hasher.add(created ? 2 : 1, revision)
        case .delete(let revision, let deleted): hasher.add(deleted ? 4 : 3, revision)
        case .preconditionFailed, .superseded, .invalid, .transaction, .session, .heap, .mcpSession, .noted, .keyReused,
            .retryTableFull:
            hasher.add(0)
            hasher.add(encode())
        }
    }
}
