import Bytes
import MCP
import Raft
import StateMachine

/// Of a client's messages on a connection of its own, one a line.
enum MessagePromises {
    /// A request is answered once, with its own id; whatever else comes is answered once or not at all; all that is sent is JSON-RPC.
    static func check(_ bytes: [UInt8]) throws {
        let handler = RequestHandler(version: "1", maxValueSize: 1 << 10)
        var dialogue = Dialogue(handler, sessionLog: nil, ownLog: Array("own".utf8), pageBytes: 1 << 10)
        var state = StateMachine()
        for line in bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 64) {
            let line = Array(line)
            let steps = dialogue.receive(line)
            let expected = request(line)
            var answers = 0
            for step in steps {
                switch step {
                case .send(let message):
                    answers += 1
                    try checkAnswer(message, to: expected)
                case .perform(let call):
                    answers += 1
                    try promise(call.request.id == expected?.id, "another request is carried out than was asked for")
                    let reply = try reply(to: call.work, &state)
                    try checkAnswer(RPCText.answer(call.request.id, reply), to: expected)
                case .performAll(let batch): try check(batch, dialogue, &state)
                case .cancel: try promise(expected == nil, "a request cancels")
                case .beginNotifying: try promise(expected?.method == "initialize", "told of changes unasked")
                }
            }
            if expected != nil { try promise(answers == 1, "a request has \(answers) answers") }
            try promise(answers <= 1, "a message has \(answers) answers")
        }
    }

    private static func check(_ batch: RPCBatch, _ dialogue: Dialogue, _ state: inout StateMachine) throws {
        try promise(batch.items.count <= RPCBatch.maximumCount, "a batch of \(batch.items.count)")
        for case .request(let request) in batch.items {
            let answer: [UInt8]
            do throws(RPCError) {
                answer = RPCText.answer(request.id, try reply(to: try dialogue.call(request).work, &state))
            } catch {
                answer = RPCText.failure(request.id, error)
            }
            try checkAnswer(answer, to: request)
        }
    }

    /// The request that a line is, if it is one.
    private static func request(_ line: [UInt8]) -> RPCRequest? {
        // discarded: what is no JSON, or no message, is no request
        guard let value = try? JSONParser.parse(line), case .request(let request)? = try? RPCMessage(value) else {
            return nil
        }
        return request
    }

    private static func checkAnswer(_ bytes: [UInt8], to request: RPCRequest?) throws {
        let message: JSONObject?
        do throws(JSONParser.Failure) {
            message = try JSONParser.parse(bytes).object
        } catch {
            throw BrokenPromise("an answer that is no JSON: \(error)")
        }
        guard let message, message["jsonrpc"] == "2.0", let id = message["id"] else {
            throw BrokenPromise("an answer that is no JSON-RPC: \(String(decoding: bytes, as: UTF8.self))")
        }
        try promise((message["result"] == nil) != (message["error"] == nil), "an answer is a result or an error")
        if let request { try promise(id == request.id.value, "an answer to another request") }
    }

    /// What the cluster would make of it.
    private static func reply(to work: Work, _ state: inout StateMachine) throws(RPCError) -> Reply {
        switch work {
        case .answer(let reply): return reply
        case .read(.session(let query), let then): return then(.session(state.answer(query)))
        case .read(.heap(let query), let then): return then(.heap(state.answer(query)))
        case .write(let operation, let key, let then):
            let command = Command(operation, idempotencyKey: key)
            let payload = Command.payload(timestamp: 1, commandBytes: command.encode())
            let entry = LogEntry(term: 1, index: state.lastApplied + 1, kind: .command, payload: payload)
            return then(state.apply(entry).map { .outcome($0) } ?? .unknown(reason: "no outcome"))
        case .subscribe, .listen: return .done
        }
    }
}
