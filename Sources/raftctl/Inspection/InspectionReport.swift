import Bytes
import Raft
import StateMachine

/// A data directory as a person or a script reads it.
struct InspectionReport {
    let directory: DirectoryInspection
    let snapshots: [SnapshotInspection]
    let log: LogInspection
    let applied: AppliedData
    /// What was asked for; `nil` when nothing was.
    let entries: [(entry: LogEntry, isCommitted: Bool)]?
    let dataPrefix: String?

    // MARK: - Text

    var text: String {
        var parts = [files, segmentTable]
        if let entries { parts.append(table(entries)) }
        if let dataPrefix { parts.append(dataTable(dataPrefix)) }
        if !directory.damages.isEmpty {
            parts.append("DAMAGED\n" + directory.damages.map { "  \($0)" }.joined(separator: "\n"))
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var files: String {
        var lines = [directory.path]
        if let format = directory.format {
            let cluster = format.clusterID == .none ? "no cluster yet" : "cluster \(format.clusterID)"
            lines.append("  FORMAT      node \(format.nodeID), instance \(format.instance), \(cluster)")
        }
        if let state = directory.hardState {
            lines.append("  raft_meta   term \(state.currentTerm), voted for \(state.votedFor?.nodeID ?? "nobody")")
        }
        if !directory.peers.isEmpty {
            lines.append("  raft_peers  " + directory.peers.map { "\($0.name) \($0.address)" }.joined(separator: ", "))
        }
        lines += snapshots.map { "  \($0.path)  \($0.words)" }
        lines.append(
            "  raft_log    \(log.segments.count) segments, committed up to \(log.commitIndex) as far as the log tells")
        let gap = applied.hasGap ? ", and behind that an entry is missing" : ""
        lines.append("  applied     up to \(applied.machine.lastApplied): \(applied.machine.count) keys\(gap)")
        return lines.joined(separator: "\n")
    }

    private var segmentTable: String {
        guard !log.segments.isEmpty else { return "" }
        var rows = [["SEGMENT", "ENTRIES", "FIRST", "LAST", "BATCHES", "VERIFIED", "FILE SIZE"]]
        rows += log.segments.map { segment in
            [
                segment.path, String(segment.entryCount), segment.firstPosition?.description ?? "-",
                segment.lastPosition?.description ?? "-", String(segment.batchCount), String(segment.verifiedSize),
                String(segment.size),
            ]
        }
        return TextTable(rows).text
    }

    private func table(_ entries: [(entry: LogEntry, isCommitted: Bool)]) -> String {
        var rows = [["INDEX", "TERM", "COMMITTED", "KIND", "CONTENTS"]]
        rows += entries.map { entry, isCommitted in
            let description = EntryDescription(entry: entry)
            return [
                String(entry.index), String(entry.term), isCommitted ? "yes" : "?", description.kind,
                description.contents,
            ]
        }
        return TextTable(rows).text
    }

    private func dataTable(_ prefix: String) -> String {
        var rows = [["KEY", "REVISION", "VALUE"]]
        forEachEntry(prefix) { entry in
            rows.append([ShownText.shown(entry.key, limit: 256), String(entry.revision), ShownText.shown(entry.value)])
        }
        return TextTable(rows).text
    }

    private func forEachEntry(_ prefix: String, _ body: (Page.Entry) -> Void) {
        let view = applied.machine.view()
        var after: [UInt8]?
        repeat {
            let page = view.list(prefix: Array(prefix.utf8), startAfter: after, limit: 1000, maxBytes: 4 << 20)
            for entry in page.entries { body(entry) }
            after = page.next
        } while after != nil
    }

    // MARK: - JSON

    var json: String {
        var document = JSONObject()
        document["path"] = .string(directory.path)
        document["node_id"] = directory.format.map { .string($0.nodeID) } ?? .null
        document["instance_id"] = directory.format.map { .string($0.instance.description) } ?? .null
        let clusterID = directory.format?.clusterID ?? .none
        document["cluster_id"] = clusterID == .none ? .null : .string(clusterID.description)
        document["current_term"] = directory.hardState.map { JSONValue($0.currentTerm) } ?? .null
        document["voted_for"] = directory.hardState?.votedFor.map { .string($0.nodeID) } ?? .null
        document["peers"] = .object(
            JSONObject(directory.peers.map { JSONObject.Member(key: $0.name, value: .string($0.address)) }))
        document["snapshots"] = .array(snapshots.map(\.json))
        document["segments"] = .array(log.segments.map(json))
        document["commit_index_known"] = JSONValue(log.commitIndex)
        document["last_applied"] = JSONValue(applied.machine.lastApplied)
        document["keys"] = JSONValue(UInt64(applied.machine.count))
        if let entries { document["entries"] = .array(entries.map { json($0.entry, isCommitted: $0.isCommitted) }) }
        if let dataPrefix {
            var data: [JSONValue] = []
            forEachEntry(dataPrefix) { data.append(json($0)) }
            document["data"] = .array(data)
        }
        document["damages"] = .array(directory.damages.map { .string($0) })
        return JSONValue.object(document).text
    }

    private func json(_ segment: SegmentInspection) -> JSONValue {
        var object = JSONObject()
        object["path"] = .string(segment.path)
        object["first_index"] = segment.firstPosition.map { JSONValue($0.index) } ?? .null
        object["last_index"] = segment.lastPosition.map { JSONValue($0.index) } ?? .null
        object["entries"] = JSONValue(UInt64(segment.entryCount))
        object["batches"] = JSONValue(UInt64(segment.batchCount))
        object["verified_bytes"] = JSONValue(segment.verifiedSize)
        object["file_bytes"] = JSONValue(segment.size)
        return .object(object)
    }

    private func json(_ entry: LogEntry, isCommitted: Bool) -> JSONValue {
        let description = EntryDescription(entry: entry)
        var object = JSONObject()
        object["index"] = JSONValue(entry.index)
        object["term"] = JSONValue(entry.term)
        object["is_known_committed"] = .bool(isCommitted)
        object["kind"] = .string(description.kind)
        object["contents"] = .string(description.contents)
        return .object(object)
    }

    private func json(_ entry: Page.Entry) -> JSONValue {
        var object = JSONObject()
        object["key"] = .string(String(decoding: entry.key, as: UTF8.self))
        object.setValue(entry.value)
        object["revision"] = JSONValue(entry.revision)
        return .object(object)
    }
}
