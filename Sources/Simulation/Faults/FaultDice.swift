import Raft

/// Decides what a fault is like.
struct FaultDice {
    var random: SeededRandom
    let nodes: Int
    let founders: Int

    private mutating func number(_ range: ClosedRange<UInt64>) -> UInt64 { UInt64.random(in: range, using: &random) }

    private mutating func node() -> Int { Int.random(in: 0..<nodes, using: &random) }

    private mutating func founder() -> Int { Int.random(in: 0..<founders, using: &random) }

    /// Two different nodes; founders, mostly: the others may not run.
    private mutating func pair() -> (Int, Int) {
        let one = random.chance(80) ? founder() : node()
        let other = (one + Int.random(in: 1..<max(2, nodes), using: &random)) % nodes
        return (one, other)
    }

    private mutating func target() -> Fault.Target { random.chance(40) ? .leader(else: node()) : .node(node()) }

    /// In milliseconds.
    mutating func duration(of kind: FaultKind) -> UInt64 {
        switch kind {
        case .delay, .loss, .duplication, .reordering, .slowLink, .slowDisk: number(300...5_000)
        case .isolation, .oneWayCut, .split: number(100...3_000)
        case .noSpace: number(500...5_000)
        case .pause: random.pick([number(20...400), number(500...2_500)])
        case .crash, .kill, .interruptedStart: random.pick([number(1...20), number(20...900), number(500...3_000)])
        case .stop, .syncFailure, .bitRot, .wipe, .crashOfAll: number(300...1_500)
        case .clockSkew, .clockRate: number(2_000...20_000)
        case .falseRefusal, .clockJump, .join, .leave, .transfer, .restatement: 0
        }
    }

    mutating func fault(of kind: FaultKind) -> Fault {
        switch kind {
        case .delay:
            .delay(
                microseconds: random.pick([500...20_000, 5_000...150_000, 100...600_000]),
                timeout: random.pick([200_000, 1_000_000]))
        case .loss: .loss(requests: random.pick([0, 0.01, 0.05, 0.2]), answers: random.pick([0.01, 0.05, 0.2]))
        case .duplication: .duplication(rate: random.pick([0.01, 0.1, 0.5]))
        case .reordering: .reordering(microseconds: random.pick([50...5_000, 50...50_000]))
        case .slowLink, .oneWayCut: link(of: kind)
        case .isolation: .isolation(target())
        case .split: .split(group())
        case .falseRefusal: .falseRefusal(at: node())
        case .slowDisk, .noSpace, .syncFailure, .bitRot, .wipe: diskFault(of: kind)
        case .clockSkew, .clockJump, .clockRate: clockFault(of: kind)
        case .pause: .pause(target())
        case .crash: .crash(target(), afterTurn: random.chance(50))
        case .crashOfAll: .crashOfAll
        case .interruptedStart: .interruptedStart(node())
        case .kill: .kill(target())
        case .stop: .stop(target())
        case .join:
            .join(
                random.chance(80) && nodes > founders ? Int.random(in: founders..<nodes, using: &random) : node(),
                via: node(),
                asLearner: random.chance(20))
        case .leave: .leave(target(), asking: node())
        case .transfer: .transfer(to: node(), asking: node())
        case .restatement: .restatement(node(), asking: node())
        }
    }

    private mutating func link(of kind: FaultKind) -> Fault {
        let (one, other) = pair()
        if kind == .oneWayCut { return .oneWayCut(from: one, to: other) }
        return .slowLink(one, other, microseconds: random.pick([1_000...10_000, 20_000...200_000, 100_000...500_000]))
    }

    private mutating func group() -> [Int] {
        let members = (0..<nodes).filter { _ in random.chance(50) }
        return members.isEmpty ? [0] : members.count == nodes ? Array(members.dropLast()) : members
    }

    private mutating func diskFault(of kind: FaultKind) -> Fault {
        switch kind {
        case .slowDisk:
            .slowDisk(target(), microseconds: random.pick([5_000...50_000, 20_000...400_000, 100_000...3_000_000]))
        case .noSpace: .noSpace(node())
        case .syncFailure: .syncFailure(target(), reboots: random.chance(50))
        case .bitRot: .bitRot(founder(), seed: random.next())
        default: .wipe(founder())
        }
    }

    private mutating func clockFault(of kind: FaultKind) -> Fault {
        let milliseconds = Int64(number(0...random.pick([500, 60_000, 7_200_000])))
        let signed = random.chance(50) ? milliseconds : -milliseconds
        return switch kind {
        case .clockSkew: .clockSkew(node(), milliseconds: signed)
        case .clockJump: .clockJump(node(), milliseconds: signed)
        default: .clockRate(node(), rate: number(900_000...1_100_000))
        }
    }
}
