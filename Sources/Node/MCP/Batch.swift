import MCP

/// A batch whose requests are carried out: its answers, until all are there.
final class Batch {
    /// What is to be carried out, with its place among the answers.
    let requests: [(place: Int, request: RPCRequest)]
    private var answers: [[UInt8]?]
    private var missing: Int
    private let completion: ([[UInt8]]) -> Void

    /// - Parameter completion: called once, with all answers in order; at once when nothing is to be carried out.
    init(_ batch: RPCBatch, completion: @escaping ([[UInt8]]) -> Void) {
        self.completion = completion
        var requests: [(Int, RPCRequest)] = []
        answers = batch.items.enumerated().map { place, item in
            switch item {
            case .request(let request):
                requests.append((place, request))
                return nil
            case .failure(let failure): return RPCText.failure(failure.id, failure.error)
            }
        }
        self.requests = requests
        missing = requests.count
        if missing == 0 { completion(answers.compactMap { $0 }) }
    }

    /// - Parameter answer: `nil` when the client wants none any more.
    func put(_ answer: [UInt8]?, at place: Int) {
        answers[place] = answer
        missing -= 1
        if missing == 0 { completion(answers.compactMap { $0 }) }
    }
}
