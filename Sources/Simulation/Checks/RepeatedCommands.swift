import Raft
import StateMachine

/// Which commands stand in the log more than once: those that a node forwarded again, and those that a client named and repeated. The
/// retry table must answer them.
struct RepeatedCommands {
    private var requests: Set<RequestID> = []
    private var names: Set<[UInt8]> = []

    /// - Returns: what the entry repeats, if it does.
    mutating func note(_ entry: LogEntry) -> Counter? {
        // discarded: the model tells of a command that cannot be read
        guard entry.kind == .command, let command = try? Command.decode(payload: entry.payload) else {
            return nil
        }
        if let request = command.requestID, !requests.insert(request).inserted { return .forwardRepeated }
        if let key = command.idempotencyKey, !names.insert(key.scope).inserted { return .namedWriteRepeated }
        return nil
    }
}
