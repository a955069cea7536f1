import Replica
import StateMachine

/// One client on a connection of its own, whatever carries it: messages in, messages out.
final class Conversation {
    private let ask: (ClientRequest.Body, @escaping (Answer) -> Void) -> Void
    private let send: ([UInt8]) -> Void

    init(
        version: String, maxValueSize: Int, sessionLog: [UInt8]?, state: @escaping () -> StateMachine,
        ask: @escaping (ClientRequest.Body, @escaping (Answer) -> Void) -> Void, send: @escaping ([UInt8]) -> Void
    ) {
        self.ask = ask
        self.send = send
    }

    func receive(_ text: [UInt8]) {
        inFlight += 1
        ask(.read(.revision, .linearizable)) { [self] answer in
            if case .revision = answer { send(text) } else { send(Array("null".utf8)) }
            inFlight -= 1
            if inFlight == 0 { onIdle?() }
        }
    }

    func receiveTooLong(limit: Int) { send(Array("{\"limit\":\(limit)}".utf8)) }

    private(set) var inFlight = 0
    var onIdle: (() -> Void)?
    func applied() {}
    var isWritable: () -> Bool = { true }
    func end() {}
}
