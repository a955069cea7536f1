import Bytes
import Raft
import StateMachine

/// A log entry in words.
struct EntryDescription {
    let entry: LogEntry

    var kind: String {
        switch entry.kind {
        case .noop: "no-op"
        case .configuration: "configuration"
        case .command: "command"
        }
    }

    var contents: String {
        switch entry.kind {
        case .noop: "the leader of term \(entry.term) begins"
        case .configuration: configuration
        case .command: command
        }
    }

    private var configuration: String {
        do throws(ConfigurationCodec.Failure) {
            return try ConfigurationCodec.decode(entry.payload).members.map { member in
                "\(member.name) at \(member.address)" + (member.isLearner ? " (learner)" : "")
            }.joined(separator: ", ")
        } catch {
            return "does not decode: \(error)"
        }
    }

    private var command: String {
        do throws(ByteReader.Failure) {
            return EntryDescription.words(try Command.decode(payload: entry.payload).operation)
        } catch {
            return "does not decode: \(error)"
        }
    }

    private static func words(_ operation: Operation) -> String {
        switch operation {
        case .put(let key, let value, let condition):
            return "put \(ShownText.shown(key)) = \(ShownText.shown(value))\(words(condition))"
        case .delete(let key, let condition):
            return "delete \(ShownText.shown(key))\(words(condition))"
        case .transaction(let transaction):
            let compare = transaction.compare.map(words).joined(separator: " and ")
            let otherwise = transaction.otherwise.map(words).joined(separator: ", ")
            return "txn"
                + (compare.isEmpty ? "" : " if \(compare)")
                + " then \(transaction.then.map(words).joined(separator: ", "))"
                + (otherwise.isEmpty ? "" : " else \(otherwise)")
        case .session(let command):
            return "session \(ShownText.shown(command.session)): \(words(command.action))"
        case .heap(let command):
            return "heap \(ShownText.shown(command.heap)): \(words(command.action))"
        case .mcpSession(let command): return words(command)
        case .announce(let announcement):
            let place = announcement.clientAddress.map { "takes clients at \($0)" } ?? "takes no clients"
            return "\(announcement.nodeID) \(place), version \(announcement.version)"
        case .compareHashes:
            return "all nodes note the hash of their states"
        case .reportHash(let report):
            return "the state of \(report.instance) at index \(report.index) has hash \(report.hash)"
        }
    }

    /// An id is a secret: its beginning tells sessions apart, and lets nobody in.
    private static func words(_ command: MCPSessionCommand) -> String {
        func name(_ id: MCPSessionID) -> String { "MCP session \(id.description.prefix(8))…" }
        return switch command {
        case .open(let id, let revision, let sessionLog):
            "\(name(id)) begins: revision \(ShownText.shown(revision)), session log \(ShownText.shown(sessionLog))"
        case .close(let id): "\(name(id)) ends"
        case .touch(let ids): "\(ids.count) MCP sessions are in use"
        case .subscribe(let id, let uri): "\(name(id)) subscribes to \(ShownText.shown(uri))"
        case .unsubscribe(let id, let uri): "\(name(id)) unsubscribes from \(ShownText.shown(uri))"
        }
    }

    private static func words(_ comparison: Comparison) -> String {
        let key = ShownText.shown(comparison.key)
        return switch comparison.demand {
        case .value(let value): "\(key) = \(ShownText.shown(value))"
        case .revision(let revision): "\(key) is at revision \(revision)"
        case .exists(let exists): "\(key) is \(exists ? "present" : "absent")"
        }
    }

    private static func words(_ operation: TransactionOperation) -> String {
        switch operation {
        case .put(let key, let value): "put \(ShownText.shown(key)) = \(ShownText.shown(value))"
        case .delete(let key): "delete \(ShownText.shown(key))"
        case .get(let key): "get \(ShownText.shown(key))"
        }
    }

    private static func words(_ action: SessionCommand.Action) -> String {
        switch action {
        case .append(let entry, let expected):
            "append \(ShownText.shown(entry.code)) -> \(ShownText.shown(entry.outputHeap))\(words(expected))"
        case .fork(let target): "fork to \(ShownText.shown(target))"
        case .trim(let index): "trim before \(index)"
        case .delete: "delete"
        }
    }

    private static func words(_ expected: ExpectedHead) -> String {
        switch expected {
        case .anything: ""
        case .empty: " if empty"
        case .heap(let head): " if the head is \(ShownText.shown(head))"
        }
    }

    private static func words(_ action: HeapCommand.Action) -> String {
        switch action {
        case .replace(let tags): "replace by " + words(tags.map { TagChange(key: $0.key, value: $0.value) })
        case .merge(let changes): "merge " + words(changes)
        case .clear: "clear"
        }
    }

    private static func words(_ changes: [TagChange]) -> String {
        let words = changes.map { change in
            "\(ShownText.shown(change.key)) = " + (change.value.map { ShownText.shown($0) } ?? "(none)")
        }
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }

    private static func words(_ condition: Condition) -> String {
        switch condition {
        case .none: ""
        case .exists: " if present"
        case .absent: " if absent"
        case .matchesAny(let revisions):
            " if at revision \(revisions.map { String($0) }.joined(separator: " or "))"
        }
    }
}
