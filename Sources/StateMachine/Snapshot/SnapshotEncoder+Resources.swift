import Bytes

// Session logs, heaps, what changed in them, and who was told of it.

extension SnapshotEncoder {
    mutating func writeLogs(to writer: inout ByteWriter) -> Bool {
        var isOver = true
        var resume: (key: [UInt8], place: UInt64?) = ([], nil)
        view.sessionLogs.logs.forEach(from: key) { name, log in
            guard writer.count < SnapshotFormat.frameSize else {
                resume = (name, nil)
                isOver = false
                return false
            }
            let start = name == key ? logPlace : nil
            if start == nil { log.encodeHead(name, into: &writer) }
            log.forEach(from: start ?? log.first) { index, encoded in
                guard writer.count < SnapshotFormat.frameSize else {
                    resume = (name, index)
                    isOver = false
                    return false
                }
                writer.append(SnapshotFormat.LogItem.entry)
                writer.appendLengthPrefixed(encoded)
                return true
            }
            return isOver
        }
        (key, logPlace) = resume
        return isOver
    }

    mutating func writeHeaps(to writer: inout ByteWriter) -> Bool {
        var next: [UInt8]?
        view.heapTags.heaps.forEach(from: key) { name, tags in
            guard writer.count < SnapshotFormat.frameSize else {
                next = name
                return false
            }
            writer.appendLengthPrefixed(name)
            writer.append(tags.tags)
            return true
        }
        key = next ?? []
        return next == nil
    }

    mutating func writeMCPSessions(to writer: inout ByteWriter) -> Bool {
        var next: [UInt8]?
        view.mcpSessions.sessions.forEach(from: key) { key, session in
            guard writer.count < SnapshotFormat.frameSize else {
                next = key
                return false
            }
            // The key is the id, its most significant byte first.
            writer.append(MCPSessions.id(key))
            session.encode(into: &writer)
            return true
        }
        key = next ?? []
        return next == nil
    }

    mutating func writeChanges(to writer: inout ByteWriter) -> Bool {
        var written = 0
        view.resourceHistory.forEach(from: place) { change in
            guard writer.count < SnapshotFormat.frameSize else { return false }
            change.encode(into: &writer)
            written += 1
            return true
        }
        place += written
        return place == view.resourceHistory.events.count
    }
}
