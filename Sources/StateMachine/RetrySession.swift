import Raft

/// What is remembered of one run of one forwarding node.
struct RetrySession: Sendable, Equatable {
    struct Answer: Sendable, Equatable {
        let sequence: UInt64
        let outcome: Outcome

        /// Its place, with a little for growth.
        private static let overhead = 64

        /// About how many bytes it takes.
        var byteCount: Int { Answer.overhead + outcome.extraByteCount }
    }

    /// What a session takes beside its outcomes, in bytes.
    static let overhead = 128

    let instance: InstanceID
    let boot: UInt64
    /// The time of the last entry that named this session, in milliseconds.
    var lastUsed: UInt64
    /// The forwarder has its answers for all sequences below.
    private(set) var completedBelow: UInt64 = 0

    /// Ascending by sequence, from `first` on; what lies before is dropped and waits to be cleared in one go.
    private var answers: [Answer] = []
    private var first = 0

    /// Of the outcomes that are kept.
    private var answerBytes = 0

    /// The sum over the outcomes that are kept.
    private(set) var answersHash = StateHash.zero

    init(instance: InstanceID, boot: UInt64, lastUsed: UInt64) {
        self.instance = instance
        self.boot = boot
        self.lastUsed = lastUsed
    }

    /// How many outcomes are kept.
    var count: Int { answers.count - first }

    /// What is kept, ascending by sequence.
    var kept: ArraySlice<Answer> { answers[first...] }

    /// About how many bytes it takes.
    var bytes: Int { RetrySession.overhead + answerBytes }

    /// The outcome of a request that was applied before.
    func outcome(of sequence: UInt64) -> Outcome? {
        let place = lowerBound(of: sequence)
        return place < answers.count && answers[place].sequence == sequence ? answers[place].outcome : nil
    }

    /// Keeps the outcome of a request.
    /// - Precondition: the request has none yet, and its forwarder still waits.
    /// - Complexity: O(1) when requests are applied in order, else linear in those that overtook it.
    mutating func record(_ outcome: Outcome, of sequence: UInt64) {
        precondition(sequence >= completedBelow, "request \(sequence) is complete: all below \(completedBelow) are")
        let place = lowerBound(of: sequence)
        precondition(
            place == answers.count || answers[place].sequence != sequence, "request \(sequence) has its outcome already"
        )
        let answer = Answer(sequence: sequence, outcome: outcome)
        answerBytes += answer.byteCount
        answersHash += hash(of: answer)
        answers.insert(answer, at: place)
    }

    /// Drops the outcomes of all sequences below `bound`. A bound lower than an earlier one changes nothing: requests may
    /// be applied in another order than they were made.
    /// - Complexity: amortized O(1) an outcome.
    mutating func complete(below bound: UInt64) {
        guard bound > completedBelow else { return }
        completedBelow = bound
        let end = lowerBound(of: bound)
        for answer in answers[first..<end] {
            answerBytes -= answer.byteCount
            answersHash -= hash(of: answer)
        }
        first = end
        if first * 2 >= answers.count {
            answers.removeFirst(first)
            first = 0
        }
    }

    /// The place of the least sequence that is not below `sequence`.
    private func lowerBound(of sequence: UInt64) -> Int {
        var low = first
        var high = answers.count
        while low < high {
            let middle = (low + high) / 2
            if answers[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Equal in what is remembered, wherever the dropped outcomes lie.
    static func == (left: RetrySession, right: RetrySession) -> Bool {
        left.instance == right.instance && left.boot == right.boot && left.lastUsed == right.lastUsed
            && left.completedBelow == right.completedBelow
            && left.answers[left.first...] == right.answers[right.first...]
    }
}
