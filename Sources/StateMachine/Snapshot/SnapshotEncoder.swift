import Bytes
import Raft

/// Writes a whole state as bytes, a frame of about a MiB at a time. The same state makes the same bytes on every node.
package struct SnapshotEncoder: Sendable {
    /// How many bytes it has made; final once `next` has returned `nil`.
    package private(set) var size: UInt64 = 0

    let view: StateMachine.View
    private var crc = CRC32C()

    /// What comes next; `nil` after the end.
    private var kind: SnapshotFormat.Kind? = .head
    /// The first key that was not written yet: of entries, logs, heaps and MCP sessions.
    var key: [UInt8] = []
    /// How many items of this kind were written; not for these.
    var place = 0
    /// The first entry of the log at `key` that was not written yet; `nil` when nothing of that log was.
    var logPlace: UInt64?
    /// How many answers of the session at `place` were written.
    private var answerPlace = 0

    package init(_ view: StateMachine.View) { self.view = view }

    /// CRC-32C of all bytes it has made; final once `next` has returned `nil`.
    package var checksum: UInt32 { crc.value }

    /// The next bytes; `nil` at the end.
    /// - Complexity: O(bytes), at most those of a frame: a MiB and an item.
    package mutating func next() -> [UInt8]? {
        while let kind {
            guard let items = frame(kind) else { continue }
            var bytes = items
            if size == 0 { bytes = SnapshotEncoder.prologue + bytes }
            size += UInt64(bytes.count)
            crc.update(bytes)
            return bytes
        }
        return nil
    }

    private static var prologue: [UInt8] {
        var writer = ByteWriter(reserving: SnapshotFormat.prologueSize)
        writer.append(bytes: SnapshotFormat.magic)
        writer.append(SnapshotFormat.version)
        return writer.bytes
    }

    /// A frame of what comes next; `nil` when there is nothing left of this kind. Goes on to the next kind then.
    private mutating func frame(_ kind: SnapshotFormat.Kind) -> [UInt8]? {
        var writer = ByteWriter(reserving: SnapshotFormat.frameHeaderSize + 64)
        writer.append(0 as UInt64)
        writer.append(kind.rawValue)
        let empty = writer.count
        let isOver = write(kind, to: &writer)
        if isOver {
            self.kind = kind.next
            place = 0
            key = []
        }
        guard writer.count > empty else { return nil }
        precondition(
            writer.count - SnapshotFormat.frameHeaderSize <= Int(UInt32.max), "a frame of \(writer.count) bytes")
        let length = UInt32(writer.count - SnapshotFormat.frameHeaderSize)
        writer.overwrite(length, at: 0)
        let checksum = SnapshotFormat.checksum(
            length: length, content: writer.bytes[SnapshotFormat.frameHeaderSize...])
        writer.overwrite(checksum, at: 4)
        return writer.bytes
    }

    /// Writes items until the frame is full. Returns whether that was the last of this kind.
    private mutating func write(_ kind: SnapshotFormat.Kind, to writer: inout ByteWriter) -> Bool {
        switch kind {
        case .head:
            view.encodeHead(into: &writer)
            return true
        case .announcement:
            for announcement in view.announcements { announcement.encode(into: &writer) }
            return true
        case .entry: return writeEntries(to: &writer)
        case .session: return writeSessions(to: &writer)
        case .answer: return writeAnswers(to: &writer)
        case .keyed: return writeKeyed(to: &writer)
        case .event: return writeEvents(to: &writer)
        case .log: return writeLogs(to: &writer)
        case .heap: return writeHeaps(to: &writer)
        case .change: return writeChanges(to: &writer)
        case .mcpSession: return writeMCPSessions(to: &writer)
        case .end:
            writer.append(size)
            writer.append(crc.value)
            let hash = view.hash
            writer.append(hash.high)
            writer.append(hash.low)
            return true
        }
    }

    private mutating func writeEntries(to writer: inout ByteWriter) -> Bool {
        writer.bytes.reserveCapacity(min(view.mapBytes, SnapshotFormat.frameSize + SnapshotFormat.frameSize / 8))
        var last: [UInt8]?
        view.forEach(from: key) { key, versioned in
            writer.appendLengthPrefixed(key)
            writer.appendVarint(versioned.revision)
            writer.appendLengthPrefixed(versioned.value)
            guard writer.count >= SnapshotFormat.frameSize else { return true }
            last = key
            return false
        }
        guard let last else { return true }
        // The least that sorts after it.
        key = last + [0]
        return false
    }

    private mutating func writeSessions(to writer: inout ByteWriter) -> Bool {
        for session in view.retries.sessions[place...] {
            guard writer.count < SnapshotFormat.frameSize else { return false }
            session.encode(into: &writer)
            place += 1
        }
        return true
    }

    private mutating func writeAnswers(to writer: inout ByteWriter) -> Bool {
        let sessions = view.retries.sessions
        while place < sessions.count {
            for answer in sessions[place].kept.dropFirst(answerPlace) {
                guard writer.count < SnapshotFormat.frameSize else { return false }
                writer.appendVarint(UInt64(place))
                answer.encode(into: &writer)
                answerPlace += 1
            }
            place += 1
            answerPlace = 0
        }
        return true
    }

    private mutating func writeKeyed(to writer: inout ByteWriter) -> Bool {
        var written = 0
        view.keyedRetries.expiries.forEach(from: place) { expiry in
            guard writer.count < SnapshotFormat.frameSize else { return false }
            view.keyedRetries.encode(expiry, into: &writer)
            written += 1
            return true
        }
        place += written
        return place == view.keyedRetries.count
    }

    private mutating func writeEvents(to writer: inout ByteWriter) -> Bool {
        var written = 0
        view.history.forEach(from: place) { event in
            guard writer.count < SnapshotFormat.frameSize else { return false }
            let present = view.get(event.key)
            event.encode(isPresent: present?.revision == event.position.revision, into: &writer)
            written += 1
            return true
        }
        place += written
        return place == view.history.count
    }
}
