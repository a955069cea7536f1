import MCP

/// A batch whose requests are carried out: its answers, until all are there.
final class Batch {
    /// What all answers may have together, where a message may be of any length.
    static let standardBytes = 16 << 20

    /// What is to be carried out, with its place among the answers.
    struct Request {
        let place: Int
        let request: RPCRequest
    }

    let requests: [Request]
    private let maximumBytes: Int
    private var answers: [[UInt8]?]
    private var bytes = 0
    private var missing: Int
    private let completion: ([[UInt8]]) -> Void

    /// - Parameters:
    ///   - maximumBytes: of all answers together; what would be more is an error instead.
    ///   - completion: called once, with all answers in order; at once when nothing is to be carried out.
    init(_ batch: RPCBatch, maximumBytes: Int, completion: @escaping ([[UInt8]]) -> Void) {
        self.maximumBytes = maximumBytes
        self.completion = completion
        var requests: [Request] = []
        answers = batch.items.enumerated().map { place, item in
            switch item {
            case .request(let request):
                requests.append(Request(place: place, request: request))
                return nil
            case .failure(let failure): return RPCText.failure(failure.id, failure.error)
            }
        }
        self.requests = requests
        missing = requests.count
        if missing == 0 { completion(answers.compactMap { $0 }) }
    }

    /// - Parameter answer: `nil` when the client wants none any more.
    func put(_ answer: [UInt8]?, to request: Request) {
        if let answer {
            let isTooLong = bytes + answer.count > maximumBytes
            bytes += isTooLong ? 0 : answer.count
            answers[request.place] =
                isTooLong ? RPCText.failure(request.request.id, .answerTooLong(answer.count)) : answer
        }
        missing -= 1
        if missing == 0 { completion(answers.compactMap { $0 }) }
    }
}
