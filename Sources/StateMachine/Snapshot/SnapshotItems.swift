import Bytes
import Raft

// The items of a snapshot as bytes. The layout stands in SnapshotFormat.swift.

/// How many items of each kind a snapshot has.
struct SnapshotCounts: Sendable, Equatable {
    var announcements: UInt64 = 0
    var entries: UInt64 = 0
    var sessions: UInt64 = 0
    var answers: UInt64 = 0
    var keyed: UInt64 = 0
    var events: UInt64 = 0
    var logs: UInt64 = 0
    var logEntries: UInt64 = 0
    var heaps: UInt64 = 0
    var changes: UInt64 = 0
    var mcpSessions: UInt64 = 0
}

extension StateMachine.View {
    var counts: SnapshotCounts {
        SnapshotCounts(
            announcements: UInt64(announcements.count), entries: UInt64(map.count),
            sessions: UInt64(retries.sessionCount), answers: UInt64(retries.outcomeCount),
            keyed: UInt64(keyedRetries.count), events: UInt64(history.count), logs: UInt64(sessionLogs.count),
            logEntries: sessionLogs.entryCount, heaps: UInt64(heapTags.count),
            changes: UInt64(resourceHistory.events.count), mcpSessions: UInt64(mcpSessions.count))
    }

    func encodeHead(into writer: inout ByteWriter) {
        writer.append(configuration.clusterID)
        writer.append(position.index)
        writer.append(position.term)
        writer.append(lastTimestamp)
        writer.append(clock.now)
        writer.append(clock.last)
        writer.append(configurationIndex)
        writer.append(history.floor)
        writer.append(resourceHistory.events.floor)
        writer.appendLengthPrefixed(ConfigurationCodec.encode(configuration))
        comparison.encode(into: &writer)
        let counts = counts
        writer.appendVarint(counts.announcements)
        writer.appendVarint(counts.entries)
        writer.appendVarint(counts.sessions)
        writer.appendVarint(counts.answers)
        writer.appendVarint(counts.keyed)
        writer.appendVarint(counts.events)
        writer.appendVarint(counts.logs)
        writer.appendVarint(counts.logEntries)
        writer.appendVarint(counts.heaps)
        writer.appendVarint(counts.changes)
        writer.appendVarint(counts.mcpSessions)
    }

    /// Reads everything but the items into an empty view.
    mutating func restoreHead(
        from reader: inout ByteReader, counts: inout SnapshotCounts, version: UInt32
    ) throws(ByteReader.Failure) {
        let clusterID = try reader.readRandomID()
        position = LogPosition(index: try reader.readUInt64(), term: try reader.readUInt64())
        lastTimestamp = try reader.readUInt64()
        clock = EntryClock(now: try reader.readUInt64(), last: try reader.readUInt64())
        configurationIndex = try reader.readUInt64()
        let floor = try reader.readUInt64()
        let resourceFloorRead: UInt64? = version > 2 ? try reader.readUInt64() : nil
        let encoded = try reader.readLengthPrefixedBytes(maxCount: reader.remaining)
        do {
            configuration = try ConfigurationCodec.decode(encoded)
        } catch {
            throw .malformed("the configuration: \(error)")
        }
        if version > 1 { comparison = try HashComparison(reading: &reader) }
        counts.announcements = try reader.readVarint()
        counts.entries = try reader.readVarint()
        counts.sessions = try reader.readVarint()
        if version > 1 { counts.answers = try reader.readVarint() }
        counts.keyed = try reader.readVarint()
        counts.events = try reader.readVarint()
        if version > 2 {
            counts.logs = try reader.readVarint()
            counts.logEntries = try reader.readVarint()
            counts.heaps = try reader.readVarint()
            counts.changes = try reader.readVarint()
        }
        if version > 3 { counts.mcpSessions = try reader.readVarint() }
        guard configuration.clusterID == clusterID else { throw .malformed("the configuration is another cluster's") }
        guard position.index <= LogPosition.maximumIndex, position.term <= LogPosition.maximumTerm else {
            throw .malformed("a state at \(position), which no cluster reaches")
        }
        guard configurationIndex <= position.index else {
            throw .malformed("the configuration of index \(configurationIndex) lies behind \(position)")
        }
        guard comparison.index <= position.index else {
            throw .malformed("the comparison at \(comparison.index) lies behind \(position)")
        }
        // Who goes on from before an older snapshot is told that changes are missing.
        let resourceFloor = resourceFloorRead ?? position.index + 1
        for floor in [floor, resourceFloor] {
            guard floor >= 1, floor - 1 <= position.index else {
                throw .malformed("the history of a state at \(position) begins at \(floor)")
            }
        }
        guard clock.now / EntryClock.maximumStep <= position.index, clock.now <= .max >> 1 else {
            throw .malformed("\(clock.now) ms cannot have passed in \(position.index) entries")
        }
        history = EventHistory(floor: floor, limits: history.limits)
        resourceHistory = ResourceHistory(floor: resourceFloor, limits: resourceHistory.events.limits)
    }
}

extension RetrySession {
    func encode(into writer: inout ByteWriter) {
        writer.append(instance)
        writer.append(boot)
        writer.append(lastUsed)
        writer.append(completedBelow)
    }

    init(reading reader: inout ByteReader, version: UInt32) throws(ByteReader.Failure) {
        self.init(
            instance: try reader.readRandomID(), boot: try reader.readUInt64(), lastUsed: try reader.readUInt64())
        complete(below: try reader.readUInt64())
        guard version == 1 else { return }
        for _ in 0..<(try reader.readCount(minimumSize: 9)) { try restoreAnswer(from: &reader) }
    }

    /// Reads an outcome and keeps it.
    mutating func restoreAnswer(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let sequence = try reader.readUInt64()
        guard sequence >= completedBelow, kept.last.map({ $0.sequence < sequence }) ?? true else {
            throw .malformed("the outcome of request \(sequence) is out of order")
        }
        record(try Outcome(reading: &reader), of: sequence)
    }
}

extension RetrySession.Answer {
    func encode(into writer: inout ByteWriter) {
        writer.append(sequence)
        outcome.encode(into: &writer)
    }
}

extension KeyedRetries {
    func encode(_ expiry: Expiry, into writer: inout ByteWriter) {
        guard let known = kept.get(expiry.scope) else { preconditionFailure("a key that is to expire is not kept") }
        writer.append(known.time)
        writer.append(known.fingerprint)
        writer.appendLengthPrefixed(expiry.scope)
        known.outcome.encode(into: &writer)
    }

    /// Reads an item and keeps it.
    /// - Parameter now: the time that nothing here may lie behind.
    mutating func restore(from reader: inout ByteReader, now: UInt64) throws(ByteReader.Failure) {
        let time = try reader.readUInt64()
        let fingerprint = try reader.readUInt64()
        let scope = try reader.readLengthPrefixedBytes(maxCount: IdempotencyKey.maximumScopeCount)
        guard !scope.isEmpty, kept.get(scope) == nil else {
            throw .malformed("a client's key is empty, or stands twice")
        }
        guard time <= now, time >= expiries.last?.time ?? 0 else {
            throw .malformed("a client's key of \(time) ms is out of order")
        }
        record(
            try Outcome(reading: &reader), for: IdempotencyKey(scope: scope, fingerprint: fingerprint), at: time)
    }
}

extension Event {
    /// What it adds to the hash of the history.
    var hash: StateHash {
        switch kind {
        case .put(let value):
            .put(.entry(key, value, revision: position.revision), number: position.number)
        case .delete: .delete(key, at: position)
        }
    }

    /// - Parameter isPresent: whether the entry of its key still has what this event wrote.
    func encode(isPresent: Bool, into writer: inout ByteWriter) {
        writer.appendVarint(position.revision)
        writer.appendVarint(UInt64(position.number))
        switch kind {
        case .delete:
            writer.append(SnapshotFormat.EventKind.delete)
            writer.appendLengthPrefixed(key)
        case .put where isPresent:
            writer.append(SnapshotFormat.EventKind.putOfPresentValue)
            writer.appendLengthPrefixed(key)
        case .put(let value):
            writer.append(SnapshotFormat.EventKind.put)
            writer.appendLengthPrefixed(key)
            writer.appendLengthPrefixed(value)
        }
    }

    init(reading reader: inout ByteReader, entries: OrderedMap<MapEntry>) throws(ByteReader.Failure) {
        let revision = try reader.readVarint()
        guard let number = UInt32(exactly: try reader.readVarint()) else {
            throw .malformed("the number of a change of revision \(revision) is too high")
        }
        let kind = try reader.readUInt8()
        let key = try reader.readKey()
        let position = EventPosition(revision: revision, number: number)
        switch kind {
        case SnapshotFormat.EventKind.delete: self.init(position: position, key: key, kind: .delete)
        case SnapshotFormat.EventKind.put:
            let value = try reader.readLengthPrefixedBytes(maxCount: reader.remaining)
            self.init(position: position, key: key, kind: .put(value: value))
        case SnapshotFormat.EventKind.putOfPresentValue:
            guard let present = entries.get(key)?.versioned, present.revision == revision else {
                throw .malformed("the value that change \(position) wrote is not there")
            }
            self.init(position: position, key: key, kind: .put(value: present.value))
        default: throw .malformed("change \(position) is of the unknown kind \(kind)")
        }
    }
}
