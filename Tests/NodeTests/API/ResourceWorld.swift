import Bytes
import HTTP
import Raft
import Replica
import StateMachine
import Testing

@testable import Node

/// The endpoints of session logs and heaps before a state machine, without sockets and without consensus.
struct ResourceWorld {
    private(set) var state = StateMachine()
    /// The leader's time, in Unix milliseconds.
    var time: UInt64 = 1_700_000_000_123
    private let sessions = SessionEndpoint(maxValueSize: 4096)

    /// - Parameter body: JSON; `nil` for none.
    mutating func ask(_ line: String, _ body: String? = nil, _ fields: [String] = []) throws -> HTTPResponse {
        let fields = fields + (body == nil ? [] : ["Content-Type: application/json"])
        let request = try request(line, fields, body: Array((body ?? "").utf8))
        do throws(Refused) {
            if SessionEndpoint.handles(request.path) {
                let call = try sessions.call(request)
                return SessionEndpoint.response(to: call.rendering, answer(call.body))
            }
            let call = try HeapEndpoint.call(request)
            return HeapEndpoint.response(to: call.rendering, answer(call.body))
        } catch {
            return error.response
        }
    }

    /// The status and the body of the answer.
    mutating func text(_ line: String, _ body: String? = nil, _ fields: [String] = []) throws -> String {
        let response = try ask(line, body, fields)
        return "\(response.status.code) \(String(decoding: response.body, as: UTF8.self))"
    }

    private mutating func answer(_ body: ClientRequest.Body) -> Answer {
        switch body {
        case .write(let operation, let key):
            let command = Command(operation, idempotencyKey: key)
            let entry = LogEntry(
                term: 1, index: state.lastApplied + 1, kind: .command,
                payload: Command.payload(timestamp: time, commandBytes: command.encode()))
            return state.apply(entry).map(Answer.outcome) ?? .revision(0)
        case .read(.session(let query), _): return .session(state.answer(query))
        case .read(.heap(let query), _): return .heap(state.answer(query))
        case .read: return .revision(0)
        }
    }
}
