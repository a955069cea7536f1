package import History
import Raft
import Replica
import StateMachine
import struct StateMachine.Event

/// What clients asked and were told, recorded for the checkers of histories.
package struct ClientHistory {
    package private(set) var history = History()
    package private(set) var acknowledgedWrites = 0
    package private(set) var unknownWrites = 0
    package private(set) var linearizableReads = 0
    package private(set) var staleReads = 0
    package private(set) var transactions = 0
    package private(set) var lists = 0
    package private(set) var watches = 0
    /// Of session logs and heaps.
    package private(set) var resources = 0
    /// Attempts at writes that were attempted before, under the same key.
    package private(set) var repeats = 0

    /// A client asks. Until it is told something, the outcome is unknown.
    /// - Parameter name: the idempotency key of a write.
    /// - Returns: where the operation stands in the history.
    mutating func began(
        _ body: ClientRequest.Body, client: Int, node: String, name: String?, isRepeat: Bool, at time: Instant
    ) -> Int {
        let request = HistoryRequest(body, &history.symbols)
        if isRepeat { repeats += 1 }
        if request.isWrite { unknownWrites += 1 }
        history.append(
            HistoryOperation(
                client: UInt64(client), node: history.symbols.intern(node), start: time.microseconds,
                idempotencyKey: name.map { history.symbols.intern($0) }, request))
        return history.operations.count - 1
    }

    /// The client is told.
    mutating func ended(_ place: Int, with answer: Answer, at time: Instant) throws(Violation) {
        let request = history.operations[place].request
        guard let result = HistoryResult(answer, of: request, &history.symbols), request.mayHave(result) else {
            throw Violation("\(request) was answered with \(answer)")
        }
        if result == .unknown { return }
        count(request, result)
        history.complete(place, at: time.microseconds, result)
    }

    private mutating func count(_ request: HistoryRequest, _ result: HistoryResult) {
        if request.isWrite { unknownWrites -= 1 }
        guard result != .refused else { return }
        switch request {
        case .put, .delete: acknowledgedWrites += 1
        case .transaction:
            acknowledgedWrites += 1
            transactions += 1
        case .get(_, let isStale): isStale ? (staleReads += 1) : (linearizableReads += 1)
        case .list(let list):
            lists += 1
            list.isStale ? (staleReads += 1) : (linearizableReads += 1)
        case .watch: watches += 1
        case .session(let request): countResource(request.isWrite, isStale: request.isStale)
        case .heap(let request): countResource(request.isWrite, isStale: request.isStale)
        }
    }

    private mutating func countResource(_ isWrite: Bool, isStale: Bool) {
        resources += 1
        if isWrite {
            acknowledgedWrites += 1
        } else {
            isStale ? (staleReads += 1) : (linearizableReads += 1)
        }
    }

    /// A watch has ended, which told all changes from a revision on, up to another.
    mutating func watched(
        _ prefix: [UInt8], from: UInt64, client: Int, node: String, since start: Instant, at end: Instant,
        _ events: [Event], until: UInt64
    ) {
        let seen = events.map { event in
            HistoryEvent(
                revision: event.position.revision, number: event.position.number,
                key: history.symbols.intern(event.key), value: event.value.map { history.symbols.intern($0) })
        }
        watches += 1
        history.append(
            HistoryOperation(
                client: UInt64(client), node: history.symbols.intern(node), start: start.microseconds,
                end: end.microseconds, .watch(prefix: history.symbols.intern(prefix), from: from),
                .events(seen, until: until)))
    }

    /// - Throws: when no store that does one thing at a time could have told clients all this; with the operations that show it.
    package func check() throws(Violation) {
        guard case .violation(let violation) = history.verdict() else { return }
        let lines = violation.lines.prefix(12).map { line in
            let text = String(decoding: history.line(at: line - 1).dropLast(), as: UTF8.self)
            return "  \(line): " + (text.count > 400 ? "\(text.prefix(400))…" : text)
        }
        throw Violation("clients saw what cannot be: \(violation)\n\(lines.joined(separator: "\n"))")
    }
}

extension Instant {
    fileprivate var microseconds: UInt64 { nanoseconds / 1000 }
}
