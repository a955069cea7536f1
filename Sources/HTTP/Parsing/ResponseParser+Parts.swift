/// Answers that are taken as they come.
extension ResponseParser {
    /// The head of an answer whose body is coming in, once for each answer.
    mutating func takeHead() -> HTTPResponseMessage? {
        guard !isHeadTaken, var head = partial else { return nil }
        isHeadTaken = true
        head.body = []
        return head
    }

    /// What has come of its body since the last call.
    mutating func takeBody() -> [UInt8] {
        var taken: [UInt8] = []
        if var head = partial {
            partial = nil
            swap(&taken, &head.body)
            partial = head
        }
        return taken
    }
}
