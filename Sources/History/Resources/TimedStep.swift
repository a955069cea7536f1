/// Something that does one thing at a time, in so far as steps tell of it.
protocol SequentialModel {
    associatedtype State: Hashable
    /// What was done, and what was told of it.
    associatedtype Step: Hashable

    var initial: State { get }
    /// What `step` leaves of `state`; `nil` if it would not do so, or would tell something else.
    mutating func state(after step: Step, _ state: State) -> State?
    /// Whether a step never changes anything.
    func isRead(_ step: Step) -> Bool
    /// Whether `step`, whose outcome is unknown, may be of those that make `goal` fit `state`, each being needed for it. May be generous.
    func mayHelp(_ step: Step, toward goal: Step, _ state: State) -> Bool
}

/// A step with its two ends.
struct TimedStep<Step: Hashable> {
    let line: Int
    /// 0 for a stale read: it may have found what was there at any time before its end.
    let start: UInt64
    /// `nil` when the outcome is unknown: it may take effect at any time after its start, or never.
    let end: UInt64?
    /// `nil` for what has none, and for what did not tell it.
    let revision: UInt64?
    let step: Step

    init(line: Int, start: UInt64, end: UInt64?, revision: UInt64? = nil, _ step: Step) {
        self.line = line
        self.start = start
        self.end = end
        self.revision = revision
        self.step = step
    }

    /// - Parameter isStale: whether it is a stale read.
    init(_ operation: HistoryOperation, isStale: Bool, _ step: Step) {
        self.init(
            line: operation.line, start: isStale ? 0 : operation.start, end: operation.end,
            revision: operation.result.revision, step)
    }
}
