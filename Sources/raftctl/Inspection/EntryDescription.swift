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
            return EntryDescription.words(try Command.decode(Array(entry.payload.dropFirst(8))).operation)
        } catch {
            return "does not decode: \(error)"
        }
    }

    private static func words(_ operation: Operation) -> String {
        if case .put(let key, let value, let condition) = operation {
            return "put \(ShownText.shown(key)) = \(ShownText.shown(value))\(words(condition))"
        }
        if case .delete(let key, let condition) = operation {
            return "delete \(ShownText.shown(key))\(words(condition))"
        }
        return "\(operation)"
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
