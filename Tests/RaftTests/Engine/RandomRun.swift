import Raft

/// A cluster that is handed one random event at a time, and what must hold all along.
struct RandomRun {
    private(set) var cluster: EngineCluster
    private(set) var random: SeededRandom
    private(set) var checks = RandomRunChecks()

    /// Snapshots that have arrived, and whose sender has not heard of it.
    private var arrived: [(from: Member.Number, to: Member.Number, position: LogPosition, term: Term)] = []

    var committed: [LogEntry] { checks.committed }
    var violations: [String] { checks.violations }

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var settings = RaftSettings()
        settings.maxInflightAppends = Int.random(in: 1...4, using: &random)
        settings.maxBytesPerAppend = [1, 100, 1 << 20].randomElement(using: &random) ?? 1
        settings.windowBytes = [0, 100, 1 << 20].randomElement(using: &random) ?? 0
        let size = Int.random(in: 1...5, using: &random)
        let unbound: [Member.Number] = size > 2 && Bool.random(using: &random) ? [Member.Number(size)] : []
        cluster = EngineCluster(size: size, settings: settings, seed: seed, unbound: unbound, spares: 2)
        for node in cluster.nodes { cluster[node.number].isDiskHeld = Bool.random(using: &random) }
    }

    // MARK: Events

    mutating func step() throws {
        let number = anyNode()
        switch Int.random(in: 0..<120, using: &random) {
        case 0..<60: for _ in 0..<Int.random(in: 1...8, using: &random) { moveAPacket() }
        case 60..<70: propose(at: number)
        case 70..<78: tickTheNext()
        case 78..<86: if !cluster[number].writes.isEmpty { cluster.finishWrite(number) }
        case 86..<90: read(at: number)
        case 90..<93: loseAll(to: number)
        case 93..<95: cluster.isolated = Bool.random(using: &random) ? [number] : []
        case 95..<97: try crash(number)
        case 97..<103: changeMembers()
        case 103..<106: transfer()
        case 106..<109: refuse(at: number)
        case 109..<111:
            let states: [StorageState] = [.healthy, .healthy, .full, .hung]
            cluster.step(.storage(states.randomElement(using: &random) ?? .healthy), at: number)
        case 111..<114: compact(number)
        case 114..<118: moveASnapshot()
        default: cluster.now = cluster.now.advanced(byMilliseconds: UInt64.random(in: 0...200, using: &random))
        }
        cluster.trace = []
        checks.check(&cluster)
    }

    private mutating func anyNode() -> Member.Number {
        Member.Number(Int.random(in: 1...cluster.nodes.count, using: &random))
    }

    private mutating func propose(at number: Member.Number) {
        // Whoever owns the engine holds proposals back while a transfer runs.
        guard cluster[number].raft.transferTarget == nil else { return }
        cluster.step(.propose([Array("c\(random.next() % 1000)".utf8)]), at: number)
    }

    private mutating func moveAPacket() {
        guard !cluster.packets.isEmpty else { return tickTheNext() }
        // Mostly in order: else pipelining would never get anywhere.
        let isInOrder = Int.random(in: 0..<4, using: &random) != 0
        let place = isInOrder ? 0 : Int.random(in: 0..<cluster.packets.count, using: &random)
        let packet = cluster.packets[place]
        let fate = Int.random(in: 0..<20, using: &random)
        if fate != 0 { cluster.packets.remove(at: place) }
        if fate != 1 { cluster.deliver(packet) }
    }

    /// Whoever is due first notices it; sometimes somebody notices too early.
    private mutating func tickTheNext() {
        let number = anyNode()
        if Int.random(in: 0..<3, using: &random) == 0 { return cluster.tick(number) }
        tickTheEarliest()
    }

    private mutating func tickTheEarliest() {
        let next = cluster.nodes.min { cluster.deadline(of: $0.number) < cluster.deadline(of: $1.number) }
        if let next { cluster.tick(next.number) }
    }

    private mutating func read(at number: Member.Number) {
        cluster.step(.read(id: checks.startRead()), at: number)
    }

    private mutating func loseAll(to number: Member.Number) {
        let lost = cluster.packets.filter { $0.to == number }
        cluster.packets.removeAll { $0.to == number }
        for packet in lost {
            if case .request = packet.body { cluster.step(.unreachable(packet.member), at: packet.from) }
        }
    }

    private mutating func crash(_ number: Member.Number) throws {
        let node = cluster[number]
        let known = max(node.snapshot.position.index, min(node.applied.last?.index ?? 0, node.lastDurable))
        let commitIndex = UInt64.random(in: node.snapshot.position.index...known, using: &random)
        try cluster.restart(number, commitIndex: commitIndex)
        checks.restarted(number, applied: cluster[number].applied.last?.index ?? 0)
    }

    // MARK: Members, leaders, snapshots

    private var leader: EngineNode? {
        cluster.nodes.filter(\.raft.isLeader).max { $0.raft.currentTerm < $1.raft.currentTerm }
    }

    private mutating func changeMembers() {
        guard let leader else { return }
        let other = anyNode()
        do {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1: try cluster.add(other, at: leader.number)
            case 2:
                try cluster.add(other, at: leader.number, asLearner: true, port: Int.random(in: 1...2, using: &random))
            default: try cluster.remove(other, at: leader.number)
            }
        } catch {
            // Not a member, or the last voter: nothing was changed.
        }
    }

    private mutating func transfer() {
        guard let leader, let target = leader.raft.configuration.members.randomElement(using: &random) else { return }
        cluster.step(.transfer(to: target.number), at: leader.number)
    }

    /// True or false, the news that a leader's port refuses must never do harm.
    private mutating func refuse(at number: Member.Number) {
        guard let leader = cluster[number].raft.leader else { return }
        cluster.step(.leaderRefused(leader: leader.instance, term: cluster[number].raft.currentTerm), at: number)
    }

    private mutating func compact(_ number: Member.Number) {
        let most = LogIndex(cluster[number].applied.count)
        guard most > 0 else { return }
        cluster.compact(number, through: UInt64.random(in: 1...most, using: &random))
        checks.compacted()
    }

    private mutating func moveASnapshot() {
        if Bool.random(using: &random), !arrived.isEmpty {
            let done = arrived.removeFirst()
            report(done)
        } else if let sender = cluster.nodes.filter({ !$0.owed.isEmpty }).randomElement(using: &random) {
            sendOwed(by: sender.number, isLossy: true)
        }
    }

    private mutating func sendOwed(by number: Member.Number, isLossy: Bool) {
        let member = cluster[number].owed.removeFirst()
        guard cluster[number].raft.isLeader else { return }
        let isLost = isLossy && Int.random(in: 0..<4, using: &random) == 0
        let position = cluster[number].snapshot.position
        checks.check(&cluster)
        guard !isLost, cluster.sendSnapshot(from: number, to: member) else {
            return cluster.step(.snapshotFailed(to: member), at: number)
        }
        if let node = cluster.node(of: member, knownTo: number) {
            checks.installed(node, applied: LogIndex(cluster[node].applied.count))
        }
        arrived.append((number, member, position, cluster[number].raft.currentTerm))
    }

    private mutating func report(_ done: (from: Member.Number, to: Member.Number, position: LogPosition, term: Term)) {
        let sender = cluster[done.from].raft
        guard sender.isLeader, sender.currentTerm == done.term else { return }
        let node = cluster.node(of: done.to, knownTo: done.from).map { cluster[$0] }
        // Said when it is durable; a crash of the follower may have undone it before.
        let isDurable = node.map { $0.holds(committed[Int(done.position.index) - 1]) } ?? false
        cluster.step(
            isDurable ? .snapshotSent(to: done.to, done.position) : .snapshotFailed(to: done.to), at: done.from)
    }

    // MARK: Calm

    /// Ends all trouble, and lets the cluster commit one last command.
    mutating func calm() {
        cluster.isolated = []
        for node in cluster.nodes {
            while !cluster[node.number].writes.isEmpty { cluster.finishWrite(node.number) }
            cluster[node.number].isDiskHeld = false
            cluster.step(.storage(.healthy), at: node.number)
        }
        for round in 0..<160 {
            settle()
            if round == 120, let leader {
                cluster.step(.propose([Array("last".utf8)]), at: leader.number)
            } else {
                tickTheEarliest()
            }
        }
        settle()
    }

    private mutating func settle() {
        cluster.deliverAll()
        for node in cluster.nodes {
            while !cluster[node.number].owed.isEmpty { sendOwed(by: node.number, isLossy: false) }
        }
        while !arrived.isEmpty { report(arrived.removeFirst()) }
        cluster.deliverAll()
        checks.check(&cluster)
        cluster.trace = []
    }

    /// The nodes that are members as the last leader sees it.
    var members: [EngineNode] {
        guard let configuration = leader?.raft.configuration else { return [] }
        return cluster.nodes.filter { configuration.member(of: $0.identity.instance) != nil }
    }
}
