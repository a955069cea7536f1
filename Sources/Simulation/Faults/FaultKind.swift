/// The ways in which the world fails a cluster. Each is on in some runs and off in others: what is everywhere hides what else there is.
package enum FaultKind: String, CaseIterable, Sendable {
    // The network.
    case delay = "delay"
    case loss = "loss"
    case duplication = "duplication"
    case reordering = "reordering"
    case slowLink = "slow link"
    case isolation = "isolated node"
    case oneWayCut = "one-way cut"
    case split = "split"
    case falseRefusal = "false leaderRefused"

    // Disks.
    case slowDisk = "slow disk"
    case noSpace = "no space"
    case syncFailure = "failed sync"
    case bitRot = "bit-rot"
    case wipe = "wiped disk"

    // Clocks.
    case clockSkew = "clock skew"
    case clockJump = "clock jump"
    case clockRate = "clock rate"

    // Processes and machines.
    case pause = "pause"
    case crash = "crash"
    case crashOfAll = "crash of all"
    case interruptedStart = "crash while starting"
    case kill = "kill, true leaderRefused"
    case stop = "orderly stop"

    // Operators.
    case join = "join"
    case leave = "leave"
    case transfer = "transfer"
    case restatement = "join of a member"

    /// The time between two of a kind, in milliseconds, in a run where they are frequent; in others they are rarer.
    var shortestGap: UInt64 {
        switch self {
        case .bitRot, .wipe: 7_000
        case .crashOfAll: 6_000
        case .clockSkew, .clockRate, .syncFailure, .noSpace, .split, .interruptedStart: 2_500
        case .delay, .loss, .duplication, .reordering, .slowLink, .slowDisk, .pause, .kill, .stop, .clockJump: 1_200
        case .isolation, .oneWayCut, .falseRefusal, .crash, .join, .leave, .transfer, .restatement: 700
        }
    }

    /// How many runs of a hundred have it on.
    var percent: Int {
        switch self {
        case .clockSkew, .clockRate, .crashOfAll, .split, .interruptedStart, .stop, .restatement: 30
        case .bitRot, .wipe: 35
        default: 45
        }
    }
}
