import HTTP

/// A request on its way, and who waits for its answer.
final class HTTPExchange {
    enum Recipient {
        case whole(HTTPClient.Completion)
        case parts(ResponseReceiver)
    }

    let request: HTTPRequestMessage
    /// When it is given up. Moves on with each part that comes.
    var deadline: UInt64
    private let recipient: Recipient
    private var isSettled = false

    init(_ request: HTTPRequestMessage, deadline: UInt64, recipient: Recipient) {
        self.request = request
        self.deadline = deadline
        self.recipient = recipient
    }

    var bytes: Int { request.target.utf8.count + request.body.count }

    var receiver: ResponseReceiver? {
        if case .parts(let receiver) = recipient { receiver } else { nil }
    }

    func fail(_ error: HTTPClientError) {
        guard !isSettled else { return }
        isSettled = true
        switch recipient {
        case .whole(let completion): completion(.failure(error))
        case .parts(let receiver): receiver.onEnd(.failure(error))
        }
    }

    /// Hands on what came of it; nothing after it has failed.
    func take(_ event: ClientConnection.Event) {
        guard !isSettled else { return }
        switch (event, recipient) {
        case (.answer(_, let answer), .whole(let completion)):
            isSettled = true
            completion(.success(answer))
        case (.head(_, let head), .parts(let receiver)): receiver.onHead(head)
        case (.body(_, let bytes), .parts(let receiver)): receiver.onBody(bytes)
        case (.end, .parts(let receiver)):
            isSettled = true
            receiver.onEnd(.success(()))
        default: preconditionFailure("an answer of another kind than was asked for")
        }
    }
}
