import Bytes
import Raft
import StateMachine
import Testing

@testable import MCP

/// A client before a state machine, without a transport and without consensus.
struct ToolWorld {
    var state = StateMachine()
    var revision = ProtocolRevision.july2026
    var sessionLog: String?
    /// What is answered instead of what the state machine says.
    var writeAnswer: WriteAnswer?
    private let handler = RequestHandler(version: "9.9", maxValueSize: 1000)

    /// The result of a request.
    mutating func ask(_ method: String, _ params: JSONValue = [:]) throws -> JSONObject {
        let request = RPCRequest(id: try #require(RPCID(1)), method: method, params: try #require(params.object))
        let context = RequestHandler.Context(revision: revision, sessionLog: sessionLog.map { Array($0.utf8) })
        switch reply(to: try handler.work(for: request, context)) {
        case .error(let error): throw error
        case .result(let result): return try #require(try JSONParser.parse(result).object)
        }
    }

    private mutating func reply(to work: Work) -> Reply {
        switch work {
        case .answer(let reply): reply
        case .read(.session(let query), let then): then(.session(state.answer(query)))
        case .read(.heap(let query), let then): then(.heap(state.answer(query)))
        case .write(let operation, let key, let then): then(writeAnswer ?? .outcome(apply(operation, key)))
        case .listen, .subscribe: .error(.unrelatedAnswer)
        }
    }

    private mutating func apply(_ operation: Operation, _ key: IdempotencyKey?) -> Outcome {
        let command = Command(operation, idempotencyKey: key)
        let entry = LogEntry(
            term: 1, index: state.lastApplied + 1, kind: .command,
            payload: Command.payload(timestamp: 1_700_000_000_000, commandBytes: command.encode()))
        return state.apply(entry) ?? .invalid(reason: "no command")
    }

    /// What a tool gives, as JSON text; its text says the same.
    mutating func call(_ tool: String, _ arguments: JSONValue = [:]) throws -> String {
        let result = try ask("tools/call", ["name": .string(tool), "arguments": arguments])
        let text = try text(of: result)
        guard result["isError"] == false else {
            #expect(result["structuredContent"] == nil)
            return "error: \(text)"
        }
        #expect(try JSONParser.parse(Array(text.utf8)) == result["structuredContent"])
        return text
    }

    func text(of result: JSONObject) throws -> String {
        let content = try #require(result["content"]?.array)
        #expect(content.count == 1 && content[0].object?["type"] == "text")
        return try #require(content[0].object?["text"]?.string)
    }

    mutating func error(_ method: String, _ params: JSONValue = [:]) throws -> RPCError? {
        do {
            let result = try ask(method, params)
            Issue.record("\(result)")
            return nil
        } catch let error as RPCError {
            return error
        }
    }
}
