import Raft
import Replica
import StateMachine

/// Whether what clients were told could have come from one copy of the data that does one thing at a time, in real time order
/// (linearizability; the log's order is the witness).
struct ClientHistory {
    /// A request on its way.
    struct Invocation {
        let body: ClientRequest.Body
        /// The number of a write.
        let label: UInt64?
        /// The highest index that anybody had seen the effect of when the request was made.
        let floor: LogIndex
    }

    private var floor: LogIndex = 0
    /// The indexes that acknowledged writes have claimed: each belongs to one.
    private var claimed: Set<LogIndex> = []
    /// Writes that were said not to have happened.
    private var denied: [UInt64] = []
    private(set) var acknowledgedWrites = 0
    private(set) var unknownWrites = 0
    private(set) var linearizableReads = 0
    private(set) var staleReads = 0

    func invocation(_ body: ClientRequest.Body, label: UInt64?) -> Invocation {
        Invocation(body: body, label: label, floor: floor)
    }

    mutating func completed(_ invocation: Invocation, _ answer: Answer, model: Model) throws(Violation) {
        switch (invocation.body, answer) {
        case (.write(let operation, _), .outcome(let outcome)):
            acknowledgedWrites += 1
            try acknowledged(operation, invocation, outcome, model: model)
        case (.write, .unavailable), (.write, .overloaded), (.write, .noSpace), (.write, .quotaExceeded):
            if let label = invocation.label { denied.append(label) }
        case (.write, .outcomeUnknown): unknownWrites += 1
        case (.read(.get(let key), let consistency), .value(let found)):
            try read(key, found, consistency == .linearizable ? invocation.floor : 0, consistency, model: model)
        case (.read, .unavailable), (.read, .overloaded): break
        case (.write, .value), (.write, .page), (.write, .revision), (.write, .snapshot), (.read, _):
            throw Violation("\(invocation.body) was answered with \(answer)")
        }
    }

    private mutating func acknowledged(
        _ operation: Operation, _ invocation: Invocation, _ outcome: Outcome, model: Model
    ) throws(Violation) {
        let index: LogIndex
        if let label = invocation.label {
            guard let applied = model.applied(label) else {
                throw Violation("write \(label) was acknowledged with \(outcome) and never applied")
            }
            guard applied.outcome == outcome else {
                throw Violation("write \(label) was acknowledged with \(outcome), its outcome was \(applied.outcome)")
            }
            index = applied.index
        } else {
            guard case .delete(let revision, _) = outcome else {
                throw Violation("an unconditional delete was acknowledged with \(outcome)")
            }
            index = revision
        }
        guard index > invocation.floor, index <= model.lastApplied else {
            throw Violation(
                "\(operation) took effect at \(index): effects up to \(invocation.floor) were seen before it was made")
        }
        guard claimed.insert(index).inserted else {
            throw Violation("two writes were acknowledged with index \(index)")
        }
        floor = max(floor, index)
    }

    private mutating func read(
        _ key: [UInt8], _ found: Versioned?, _ since: LogIndex, _ consistency: Consistency, model: Model
    ) throws(Violation) {
        if consistency == .linearizable { linearizableReads += 1 } else { staleReads += 1 }
        guard let index = model.firstIndex(atWhich: key, had: found, since: since) else {
            throw Violation(
                "a \(consistency) read saw revision \(found?.revision ?? 0) of a key; effects up to \(since) were seen before it, and \(model.value(of: key)?.revision ?? 0) is its last"
            )
        }
        if consistency == .linearizable { floor = max(floor, index) }
    }

    /// What was said not to have happened must not have, ever.
    func checkDenied(_ model: Model) throws(Violation) {
        for label in denied {
            if let applied = model.applied(label) {
                throw Violation("write \(label) was refused as not done, and took effect at \(applied.index)")
            }
        }
    }
}
