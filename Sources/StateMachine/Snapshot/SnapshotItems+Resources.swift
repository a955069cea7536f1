import Bytes

// The items of session logs, heaps, their changes and MCP sessions. The layout stands in SnapshotFormat.swift.

extension SessionLog {
    func encodeHead(_ name: [UInt8], into writer: inout ByteWriter) {
        writer.append(SnapshotFormat.LogItem.log)
        writer.appendLengthPrefixed(name)
        writer.appendVarint(first)
        writer.appendVarint(next)
    }
}

extension ResourceChange {
    func encode(into writer: inout ByteWriter) {
        writer.appendVarint(position.revision)
        writer.appendVarint(UInt64(position.number))
        writer.append(kind.rawValue)
        writer.append(resource.kind.rawValue)
        writer.appendLengthPrefixed(resource.name)
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let revision = try reader.readVarint()
        guard let number = UInt32(exactly: try reader.readVarint()) else {
            throw .malformed("the number of a change of revision \(revision) is too high")
        }
        guard let kind = Kind(rawValue: try reader.readUInt8()),
            let resource = Resource.Kind(rawValue: try reader.readUInt8())
        else { throw .malformed("change \(revision).\(number) is of an unknown kind") }
        self.init(
            position: EventPosition(revision: revision, number: number),
            resource: Resource(resource, try reader.readName()), kind: kind)
    }
}

extension MCPSession {
    func encode(into writer: inout ByteWriter) {
        writer.appendLengthPrefixed(revision)
        writer.appendLengthPrefixed(sessionLog)
        writer.append(lastUsed)
        writer.append(subscribedAt)
        writer.appendVarint(UInt64(subscriptions.count))
        for uri in subscriptions { writer.appendLengthPrefixed(uri) }
    }

    init(reading reader: inout ByteReader) throws(ByteReader.Failure) {
        let revision = try reader.readProtocolRevision()
        let sessionLog = try reader.readName()
        self.init(revision: revision, sessionLog: sessionLog, lastUsed: try reader.readUInt64())
        let subscribedAt = try reader.readUInt64()
        let count = try reader.readCount(minimumSize: 2)
        guard count <= MCPSession.maximumSubscriptions else { throw .malformed("a session has \(count) subscriptions") }
        for _ in 0..<count {
            let uri = try reader.readURI()
            guard subscriptions.last.map({ KeyOrder.precedes($0, uri) }) ?? true, subscribe(uri, at: subscribedAt)
            else {
                throw .malformed("the subscriptions of a session do not ascend, or are too many")
            }
        }
        self.subscribedAt = subscribedAt
    }
}

/// Session logs, heaps and changes as they are read.
struct SnapshotResources: Sendable {
    private var lastLog: [UInt8]?
    private var log: (name: [UInt8], log: SessionLog, next: UInt64)?
    private var heaps = OrderedMap<TagSet>.Loader()
    private var lastChange = EventPosition(revision: 0, number: 0)

    mutating func takeLogItem(
        _ reader: inout ByteReader, into logs: inout SessionLogs, end: UInt64
    ) throws(ByteReader.Failure) {
        let kind = try reader.readUInt8()
        switch kind {
        case SnapshotFormat.LogItem.log:
            try finishLog(into: &logs)
            let name = try reader.readName()
            let first = try reader.readVarint()
            let next = try reader.readVarint()
            // Each index took an entry of the cluster's log.
            guard next <= end else { throw .malformed("a session log ends at \(next) in a state at \(end)") }
            guard first <= next, lastLog.map({ KeyOrder.precedes($0, name) }) ?? true else {
                throw .malformed("the session logs do not ascend, or one ends before it begins")
            }
            lastLog = name
            log = (name, SessionLog(first: first), next)
        case SnapshotFormat.LogItem.entry:
            guard let log, log.log.next < log.next else { throw .malformed("an entry belongs to no session log") }
            let encoded = try reader.readLengthPrefixedSlice(maxCount: reader.remaining)
            // It must be one: whoever reads it later relies on that.
            let entry = try LoggedSessionEntry(index: log.log.next, encoded)
            self.log?.log.append(entry.entry.encode(timestamp: entry.timestamp))
        default: throw .malformed("an item \(kind) of the session logs is unknown")
        }
    }

    /// Puts the last log that was begun to the others.
    mutating func finishLog(into logs: inout SessionLogs) throws(ByteReader.Failure) {
        guard let finished = log else { return }
        guard finished.log.next == finished.next else {
            throw .malformed("a session log ends at \(finished.log.next), not at \(finished.next)")
        }
        log = nil
        logs.put(finished.name, finished.log)
    }

    mutating func takeHeap(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        let name = try reader.readName()
        let tags = TagSet(try reader.readTags())
        guard !tags.isEmpty, heaps.append(name, tags) else {
            throw .malformed("the heaps do not ascend, or one has no tags")
        }
    }

    mutating func finishHeaps() -> HeapTags? { heaps.count > 0 ? HeapTags(heaps.finish()) : nil }

    mutating func takeChange(
        _ reader: inout ByteReader, into history: inout ResourceHistory, end: UInt64
    ) throws(ByteReader.Failure) {
        let change = try ResourceChange(reading: &reader)
        let revision = change.position.revision
        guard change.position > lastChange, revision >= history.events.floor, revision <= end else {
            throw .malformed("change \(change.position) is out of order")
        }
        lastChange = change.position
        history.append(change)
    }
}
