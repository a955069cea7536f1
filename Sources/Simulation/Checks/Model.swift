import Raft
import StateMachine

/// The state as the applied commands make it, by the simplest means that do: the oracle for the state machine and its retry table.
struct Model {
    /// The value of a key from an index on; `nil` when it is absent.
    struct Change {
        let index: LogIndex
        let value: [UInt8]?
    }

    /// What became of a command when it was first applied.
    struct Applied {
        let index: LogIndex
        let requestID: RequestID?
        let outcome: Outcome
    }

    private struct Session: Hashable {
        let instance: InstanceID
        let boot: UInt64
    }

    private(set) var lastApplied: LogIndex = 0
    /// Every key that was ever written, in the order of its first write.
    private(set) var keys: [[UInt8]] = []
    /// Looked up by key and by label, never iterated.
    private var histories: [[UInt8]: [Change]] = [:]
    private var commands: [UInt64: Applied] = [:]
    private var completedBelow: [Session: UInt64] = [:]
    private var carriedOut: Set<RequestID> = []
    /// The scopes of requests that clients named; none is forgotten while a trial lasts.
    private var named: Set<[UInt8]> = []

    mutating func apply(_ entry: LogEntry) throws(Violation) {
        lastApplied = entry.index
        guard entry.kind == .command else { return }
        let command: Command
        do {
            command = try Command.decode(Array(entry.payload.dropFirst(8)))
        } catch {
            throw Violation("the command at \(entry.position) cannot be read: \(error)")
        }
        guard isFirst(command) else { return try checkCopy(command, at: entry.position) }
        let outcome = perform(command.operation, index: entry.index)
        guard let label = Label.of(command.operation) else { return }
        guard commands[label] == nil else {
            throw Violation("operation \(label) is in the log twice under different names, again at \(entry.position)")
        }
        commands[label] = Applied(index: entry.index, requestID: command.requestID, outcome: outcome)
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

    private func checkCopy(_ command: Command, at position: LogPosition) throws(Violation) {
        guard let label = Label.of(command.operation), let first = commands[label] else { return }
        guard first.requestID == command.requestID else {
            throw Violation("operation \(label) is in the log twice under different names, again at \(position)")
        }
    }

    private mutating func perform(_ operation: Operation, index: LogIndex) -> Outcome {
        switch operation {
        case .put(let key, let value, let condition):
            let current = change(of: key)
            guard condition.holds(for: current?.index) else { return .preconditionFailed(current: current?.index) }
            if histories[key] == nil { keys.append(key) }
            histories[key, default: []].append(Change(index: index, value: value))
            return .put(revision: index, created: current == nil)
        case .delete(let key, let condition):
            let current = change(of: key)
            guard condition.holds(for: current?.index) else { return .preconditionFailed(current: current?.index) }
            if current != nil { histories[key, default: []].append(Change(index: index, value: nil)) }
            return .delete(revision: index, deleted: current != nil)
        case .announce, .compareHashes, .reportHash: return .announced
        case .transaction: preconditionFailure("the load makes no transactions")
        }
    }

    /// The change that gave `key` its present value; `nil` when it is absent.
    private func change(of key: [UInt8]) -> Change? {
        guard let last = histories[key]?.last, last.value != nil else { return nil }
        return last
    }

    // MARK: Questions

    func value(of key: [UInt8]) -> Versioned? {
        change(of: key).flatMap { change in change.value.map { Versioned(value: $0, revision: change.index) } }
    }

    func applied(_ label: UInt64) -> Applied? { commands[label] }

    /// The first index, `floor` or later, at which `key` had what `found` says; `nil` when it never had since.
    func firstIndex(atWhich key: [UInt8], had found: Versioned?, since floor: LogIndex) -> LogIndex? {
        let history = histories[key] ?? []
        if found == nil, floor < history.first?.index ?? .max { return floor }
        for place in history.indices.reversed() {
            let end = place + 1 < history.count ? history[place + 1].index : .max
            guard end > floor else { return nil }
            let change = history[place]
            let isSame = change.value == found?.value && (found == nil || found?.revision == change.index)
            if isSame { return max(floor, change.index) }
        }
        return nil
    }
}

/// The number that the load gives each write, so that it is found again in the log.
enum Label {
    private static let mark: UInt64 = 1 << 48

    /// A value that carries `label`, padded to `count` bytes at least. It begins with a byte that no text has.
    static func value(_ label: UInt64, count: Int) -> [UInt8] {
        let digits = [0] + (0..<8).map { UInt8(truncatingIfNeeded: label >> (8 * $0)) }
        return digits + [UInt8](repeating: UInt8(ascii: "."), count: max(0, count - digits.count))
    }

    /// A revision that nothing ever has: it makes a conditional delete unlike all others.
    static func revision(_ label: UInt64) -> UInt64 { mark | label }

    static func of(_ operation: Operation) -> UInt64? {
        switch operation {
        case .put(_, let value, _):
            guard value.count >= 9, value[0] == 0 else { return nil }
            return value[1..<9].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        case .delete(_, .matchesAny(let revisions)):
            return revisions.last.flatMap { $0 & mark != 0 ? $0 ^ mark : nil }
        case .delete, .transaction, .announce, .compareHashes, .reportHash: return nil
        }
    }
}
