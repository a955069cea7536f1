import Bytes
import Raft

/// What a decoder has read so far: puts the items together, and refuses what no state can be.
struct SnapshotContent: Sendable {
    /// Of the format.
    var version = SnapshotFormat.version

    private var view: StateMachine.View
    private var loader = OrderedMap<MapEntry>.Loader()
    private var sessions: [RetrySession] = []
    private var expected = SnapshotCounts()
    /// Of the frame before; `nil` before the first.
    private var kind: SnapshotFormat.Kind?
    /// The session that the last answer belongs to.
    private var lastSession = 0
    private var lastEvent = EventPosition(revision: 0, number: 0)
    private var resources = SnapshotResources()
    private var lastMCPSession: MCPSessionID?

    /// - Parameter view: an empty one, whose limits hold.
    init(_ view: StateMachine.View) { self.view = view }

    /// Whether the end was there.
    var isWhole: Bool { kind == .end }

    /// The state; `nil` before the end. The content is empty then.
    mutating func takeView() -> StateMachine.View? {
        guard isWhole else { return nil }
        // Who goes on with the state must be the only one who refers to it.
        defer { self = SnapshotContent(StateMachine.View()) }
        return view
    }

    /// Takes all items of a frame.
    mutating func take(_ kind: SnapshotFormat.Kind, _ reader: inout ByteReader) throws(ByteReader.Failure) {
        let isOnlyOne = kind == .head || kind == .end
        let isInOrder = self.kind.map { isOnlyOne ? $0.place < kind.place : $0.place <= kind.place } ?? true
        guard (self.kind == nil) == (kind == .head), isInOrder else {
            throw .malformed("a frame of kind \(kind.rawValue) is out of order")
        }
        if kind.place > SnapshotFormat.Kind.entry.place { finishEntries() }
        self.kind = kind
        switch kind {
        case .head: try view.restoreHead(from: &reader, counts: &expected, version: version)
        case .announcement: while !reader.isAtEnd { try takeAnnouncement(&reader) }
        case .entry: while !reader.isAtEnd { try takeEntry(&reader) }
        case .session: while !reader.isAtEnd { try takeSession(&reader) }
        case .answer: while !reader.isAtEnd { try takeAnswer(&reader) }
        case .keyed: while !reader.isAtEnd { try view.keyedRetries.restore(from: &reader, now: view.clock.now) }
        case .event: while !reader.isAtEnd { try takeEvent(&reader) }
        case .log:
            while !reader.isAtEnd {
                try resources.takeLogItem(&reader, into: &view.sessionLogs, end: view.position.index)
            }
        case .heap: while !reader.isAtEnd { try resources.takeHeap(&reader) }
        case .change:
            while !reader.isAtEnd {
                try resources.takeChange(&reader, into: &view.resourceHistory, end: view.position.index)
            }
        case .mcpSession: while !reader.isAtEnd { try takeMCPSession(&reader) }
        case .end: try finish(&reader)
        }
    }

    private mutating func takeAnnouncement(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        let announcement = try Announcement(reading: &reader)
        guard view.announcements.last.map({ $0.instance < announcement.instance }) ?? true else {
            throw .malformed("the announcement of \(announcement.instance) is out of order")
        }
        view.announcements.append(announcement)
    }

    private mutating func takeEntry(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        let key = try reader.readKey()
        let revision = try reader.readVarint()
        guard revision >= 1, revision <= view.position.index else {
            throw .malformed("an entry of revision \(revision) in a state at \(view.position)")
        }
        let value = try reader.readLengthPrefixedBytes(maxCount: reader.remaining)
        let hash = StateHash.entry(key, value, revision: revision)
        guard loader.append(key, MapEntry(versioned: Versioned(value: value, revision: revision), hash: hash)) else {
            throw .malformed("the keys do not ascend")
        }
        view.entriesHash += hash
        view.mapBytes += key.count + value.count + StateMachine.View.entryOverhead
    }

    private mutating func finishEntries() {
        if loader.count > 0 { view.map = loader.finish() }
    }

    private mutating func takeSession(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        let session = try RetrySession(reading: &reader, version: version)
        let isInOrder = sessions.last.map { ($0.instance, $0.boot) < (session.instance, session.boot) } ?? true
        guard isInOrder, session.lastUsed <= view.clock.now else {
            throw .malformed("the session of \(session.instance) is out of order, or of the future")
        }
        sessions.append(session)
    }

    private mutating func takeAnswer(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        let number = try reader.readVarint()
        guard let place = Int(exactly: number), place >= lastSession, place < sessions.count else {
            throw .malformed("an answer of session \(number) is out of order, or there is no such session")
        }
        lastSession = place
        try sessions[place].restoreAnswer(from: &reader)
    }

    private mutating func takeEvent(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        let event = try Event(reading: &reader, entries: view.map)
        let revision = event.position.revision
        guard event.position > lastEvent, revision >= view.history.floor, revision <= view.position.index else {
            throw .malformed("change \(event.position) is out of order")
        }
        lastEvent = event.position
        view.history.append(event.position, key: event.key, value: event.value, hash: event.hash)
    }

    private mutating func takeMCPSession(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        let id = try reader.readRandomID()
        let session = try MCPSession(reading: &reader)
        guard lastMCPSession.map({ $0 < id }) ?? true else { throw .malformed("the MCP sessions do not ascend") }
        guard session.lastUsed <= view.clock.now, session.subscribedAt <= view.position.index else {
            throw .malformed("MCP session \(id) is of the future")
        }
        lastMCPSession = id
        view.mcpSessions.put(id, session)
    }

    private mutating func finish(_ reader: inout ByteReader) throws(ByteReader.Failure) {
        view.retries = RetryTable(restoring: sessions)
        try resources.finishLog(into: &view.sessionLogs)
        if let heaps = resources.finishHeaps() { view.heapTags = heaps }
        let found = view.counts
        if version == 1 { expected.answers = found.answers }
        guard found == expected else { throw .malformed("the snapshot has \(found), its head says \(expected)") }
        guard version > 1 else { return }
        let hash = StateHash(high: try reader.readUInt64(), low: try reader.readUInt64())
        // Another version counts in another way.
        guard hash == view.hash || version < SnapshotFormat.version else {
            throw .malformed(
                """
                the state has hash \(view.hash), and who wrote it kept \(hash): it was damaged in memory before it was \
                written. Test the memory of that machine, take the node out of the cluster and add it again, empty
                """)
        }
    }
}
