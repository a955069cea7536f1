import Replica

/// How many streams one port may have open, whatever flows in them: who only listens must leave connections to those who read and write.
final class StreamBudget {
    let limit: Int
    private(set) var open = 0

    init(limit: Int) { self.limit = limit }

    var hasRoom: Bool { open < limit }

    func take() { open += 1 }

    func giveBack() {
        precondition(open > 0, "a stream ended that was not open")
        open -= 1
    }

    /// - Throws: 503 when one more is too many.
    func check() throws(Refused) {
        guard hasRoom else { throw Refused(.overloaded(reason)) }
    }

    /// What one more is answered when it is too many.
    var refusal: Answer { .overloaded(reason: reason) }

    private var reason: String { "\(limit) streams are open on this node, which is the limit; ask another one" }
}
