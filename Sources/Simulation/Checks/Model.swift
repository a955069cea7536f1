import Bytes
import Raft
import StateMachine

/// The state as the applied commands make it, by the simplest means that do: the oracle for the state machine and its retry tables.
struct Model {
    private struct Session: Hashable {
        let instance: InstanceID
        let boot: UInt64
    }

    private(set) var lastApplied: LogIndex = 0
    /// Every key that was ever written, in the order of its first write.
    private(set) var keys: [[UInt8]] = []
    /// What is present. Looked up, never iterated.
    private var values: [[UInt8]: Versioned] = [:]
    private var known: Set<[UInt8]> = []
    private var completedBelow: [Session: UInt64] = [:]
    private var carriedOut: Set<RequestID> = []
    /// The scopes of requests that clients named; none is forgotten while a trial lasts.
    private var named: Set<[UInt8]> = []
    private(set) var resources = ResourceModel()
    /// Of the last command, in Unix milliseconds; never falls.
    private var timestamp: UInt64 = 0

    mutating func apply(_ entry: LogEntry) throws(Violation) {
        lastApplied = entry.index
        resources.beginEntry()
        guard entry.kind == .command else { return }
        let command: Command
        do {
            command = try Command.decode(payload: entry.payload)
            var reader = ByteReader(entry.payload)
            timestamp = max(timestamp, try reader.readUInt64())
        } catch {
            throw Violation("the command at \(entry.position) cannot be read: \(error)")
        }
        if isFirst(command) { perform(command.operation, index: entry.index) }
    }

    private mutating func isFirst(_ command: Command) -> Bool {
        guard isFirstRequest(command) else { return false }
        return command.idempotencyKey.map { named.insert($0.scope).inserted } ?? true
    }

    private mutating func isFirstRequest(_ command: Command) -> Bool {
        guard let request = command.requestID else { return true }
        let session = Session(instance: request.instance, boot: request.boot)
        let bound = max(completedBelow[session] ?? 0, command.completedBelow)
        completedBelow[session] = bound
        return request.sequence >= bound && carriedOut.insert(request).inserted
    }

    private mutating func perform(_ operation: Operation, index: LogIndex) {
        switch operation {
        case .put(let key, let value, let condition):
            if condition.holds(for: values[key]?.revision) { put(key, value, index) }
        case .delete(let key, let condition):
            if condition.holds(for: values[key]?.revision) { values[key] = nil }
        case .transaction(let transaction): perform(transaction, index: index)
        case .session(let command): resources.perform(command, timestamp: timestamp)
        case .heap(let command): resources.perform(command)
        case .mcpSession, .announce, .compareHashes, .reportHash: break
        }
    }

    private mutating func perform(_ transaction: Transaction, index: LogIndex) {
        let succeeded = transaction.compare.allSatisfy { $0.holds(for: values[$0.key]) }
        for operation in succeeded ? transaction.then : transaction.otherwise {
            switch operation {
            case .put(let key, let value): put(key, value, index)
            case .delete(let key): values[key] = nil
            case .get: break
            }
        }
    }

    private mutating func put(_ key: [UInt8], _ value: [UInt8], _ index: LogIndex) {
        if known.insert(key).inserted { keys.append(key) }
        values[key] = Versioned(value: value, revision: index)
    }

    func value(of key: [UInt8]) -> Versioned? { values[key] }
}
