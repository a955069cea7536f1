/// Something that goes wrong, with all that is left to chance decided. Places count from 0, times are in microseconds unless said.
package enum Fault: Sendable, Equatable {
    /// Whom it hits.
    package enum Target: Sendable, Equatable, CustomStringConvertible {
        case node(Int)
        /// Who leads when it happens, else the node.
        case leader(else: Int)

        package var description: String {
            switch self {
            case .node(let place): "n\(place + 1)"
            case .leader(let place): "the leader (else n\(place + 1))"
            }
        }
    }

    case delay(microseconds: ClosedRange<UInt64>, timeout: UInt64)
    case loss(requests: Double, answers: Double)
    case duplication(rate: Double)
    case reordering(microseconds: ClosedRange<UInt64>)
    /// Between two nodes, both ways.
    case slowLink(Int, Int, microseconds: ClosedRange<UInt64>)
    case isolation(Target)
    case oneWayCut(from: Int, to: Int)
    /// These from all others.
    case split([Int])
    /// The node is told that its leader's port refuses, though the leader lives: a firewall that rejects.
    case falseRefusal(at: Int)
    case slowDisk(Target, microseconds: ClosedRange<UInt64>)
    case noSpace(Int)
    /// The next sync fails, and with it the process.
    /// - Parameter reboots: whether its machine loses power before the next start; what the kernel kept in memory is gone then.
    case syncFailure(Target, reboots: Bool)
    /// A bit of what is sealed on its disk turns while the node is down.
    case bitRot(Int, seed: UInt64)
    /// The node loses its whole disk.
    case wipe(Int)
    case clockSkew(Int, milliseconds: Int64)
    case clockJump(Int, milliseconds: Int64)
    /// - Parameter rate: local microseconds a second
    case clockRate(Int, rate: UInt64)
    case pause(Target)
    /// - Parameter afterTurn: whether it happens when the node's next turn has sent what it led to
    case crash(Target, afterTurn: Bool)
    case crashOfAll
    /// A crash, and another while the node repairs its log.
    case interruptedStart(Int)
    /// The process dies, its machine does not: its port refuses.
    case kill(Target)
    case stop(Target)
    case join(Int, via: Int, asLearner: Bool)
    case leave(Target, asking: Int)
    case transfer(to: Int, asking: Int)
    /// The node says again where it is: nothing is to change.
    case restatement(Int, asking: Int)

    package var kind: FaultKind {
        switch self {
        case .delay: .delay
        case .loss: .loss
        case .duplication: .duplication
        case .reordering: .reordering
        case .slowLink: .slowLink
        case .isolation: .isolation
        case .oneWayCut: .oneWayCut
        case .split: .split
        case .falseRefusal: .falseRefusal
        case .slowDisk: .slowDisk
        case .noSpace: .noSpace
        case .syncFailure: .syncFailure
        case .bitRot: .bitRot
        case .wipe: .wipe
        case .clockSkew: .clockSkew
        case .clockJump: .clockJump
        case .clockRate: .clockRate
        case .pause: .pause
        case .crash: .crash
        case .crashOfAll: .crashOfAll
        case .interruptedStart: .interruptedStart
        case .kill: .kill
        case .stop: .stop
        case .join: .join
        case .leave: .leave
        case .transfer: .transfer
        case .restatement: .restatement
        }
    }
}

extension Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .delay(let range, let timeout): "messages take \(range) µs, senders wait \(timeout) µs"
        case .loss(let requests, let answers): "requests are lost at \(requests), answers at \(answers)"
        case .duplication(let rate): "requests come twice at \(rate)"
        case .reordering(let range): "messages overtake each other, taking \(range) µs"
        case .slowLink(let one, let other, let range): "n\(one + 1) and n\(other + 1) are \(range) µs further apart"
        case .isolation(let target): "\(target) is cut off"
        case .oneWayCut(let from, let to): "nothing of n\(from + 1) reaches n\(to + 1)"
        case .split(let group): "\(group.map { "n\($0 + 1)" }.joined(separator: ", ")) cut off from the others"
        case .falseRefusal(let node): "n\(node + 1) is told that its leader's port refuses"
        case .slowDisk(let target, let range): "the disk of \(target) takes \(range) µs a job"
        case .noSpace(let node): "the disk of n\(node + 1) is full"
        case .syncFailure(let target, let reboots): "a sync of \(target) fails\(reboots ? ", and its power goes" : "")"
        case .bitRot(let node, _): "a bit of n\(node + 1) rots"
        case .wipe(let node): "n\(node + 1) loses its disk"
        case .clockSkew(let node, let milliseconds): "the wall clock of n\(node + 1) is off by \(milliseconds) ms"
        case .clockJump(let node, let milliseconds): "the wall clock of n\(node + 1) jumps by \(milliseconds) ms"
        case .clockRate(let node, let rate): "the clock of n\(node + 1) runs at \(rate) µs a second"
        case .pause(let target): "\(target) takes no turn"
        case .crash(let target, let afterTurn): "\(target) loses power\(afterTurn ? " after its next turn" : "")"
        case .crashOfAll: "all nodes lose power"
        case .interruptedStart(let node): "n\(node + 1) loses power, and again while it starts"
        case .kill(let target): "the process of \(target) is killed"
        case .stop(let target): "\(target) is stopped in order"
        case .join(let node, let member, let asLearner):
            "n\(node + 1) joins by n\(member + 1)\(asLearner ? " as a learner" : "")"
        case .leave(let target, let asked): "n\(asked + 1) is asked to take \(target) out"
        case .transfer(let node, let asked): "n\(asked + 1) is asked to have n\(node + 1) lead"
        case .restatement(let node, let asked): "n\(asked + 1) is asked to let n\(node + 1) in, which is a member"
        }
    }
}
