import Raft

/// A cluster that is handed one random event at a time, and what must hold all along.
struct RandomRun {
    private(set) var cluster: EngineCluster
    private var random: SeededRandom

    /// What any node has applied, in order.
    private(set) var committed: [LogEntry] = []
    private(set) var violations: [String] = []
    private var leaders: [Term: Member.Number] = [:]
    private var votes: [Term: [Member.Number: InstanceID]] = [:]
    /// What was committed anywhere when a read arrived.
    private var readFloors: [UInt64: LogIndex] = [:]
    private var readsSeen = 0
    private var appliedBy: [Member.Number: LogIndex] = [:]

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var settings = RaftSettings()
        settings.maxInflightAppends = Int.random(in: 1...4, using: &random)
        settings.maxBytesPerAppend = [1, 100, 1 << 20].randomElement(using: &random) ?? 1
        settings.windowBytes = [0, 100, 1 << 20].randomElement(using: &random) ?? 0
        let size = Int.random(in: 3...5, using: &random)
        let unbound: [Member.Number] = Bool.random(using: &random) ? [Member.Number(size)] : []
        cluster = EngineCluster(size: size, settings: settings, seed: seed, unbound: unbound)
        for node in cluster.nodes { cluster[node.number].isDiskHeld = Bool.random(using: &random) }
    }

    // MARK: Events

    mutating func step() throws {
        let number = Member.Number(Int.random(in: 1...cluster.nodes.count, using: &random))
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<60: for _ in 0..<Int.random(in: 1...8, using: &random) { moveAPacket() }
        case 60..<70: cluster.step(.propose([Array("c\(random.next() % 1000)".utf8)]), at: number)
        case 70..<78: tickTheNext()
        case 78..<86: if !cluster[number].writes.isEmpty { cluster.finishWrite(number) }
        case 86..<90: read(at: number)
        case 90..<93: loseAll(to: number)
        case 93..<95: cluster.isolated = Bool.random(using: &random) ? [number] : []
        case 95..<97: try crash(number)
        default: cluster.now = cluster.now.advanced(byMilliseconds: UInt64.random(in: 0...200, using: &random))
        }
        cluster.trace = []
        check()
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
        let number = Member.Number(Int.random(in: 1...cluster.nodes.count, using: &random))
        if Int.random(in: 0..<3, using: &random) == 0 { return cluster.tick(number) }
        guard let next = cluster.nodes.min(by: { cluster.deadline(of: $0.number) < cluster.deadline(of: $1.number) })
        else { return }
        cluster.tick(next.number)
    }

    private mutating func read(at number: Member.Number) {
        let id = UInt64(readFloors.count)
        readFloors[id] = LogIndex(committed.count)
        cluster.step(.read(id: id), at: number)
    }

    private mutating func loseAll(to number: Member.Number) {
        let senders = Set(cluster.packets.filter { $0.to == number }.map(\.from)).sorted()
        cluster.packets.removeAll { $0.to == number }
        for sender in senders { cluster.step(.unreachable(number), at: sender) }
    }

    private mutating func crash(_ number: Member.Number) throws {
        let node = cluster[number]
        let known = min(node.applied.last?.index ?? 0, LogIndex(node.durable.count))
        try cluster.restart(number, commitIndex: UInt64.random(in: 0...known, using: &random))
        appliedBy[number] = cluster[number].applied.last?.index ?? 0
        guard node.durable.isEmpty else { return }
        // Formation would meet the others again: as long as nothing is in the log, its outcome is the same.
        let isUnbound = node.raft.configuration.member(of: node.identity.instance) == nil
        cluster.step(isUnbound ? .admitted : .bootstrap(node.raft.configuration), at: number)
    }

    /// Ends all trouble, and lets the cluster commit one last command.
    mutating func calm() {
        cluster.isolated = []
        for node in cluster.nodes {
            while !cluster[node.number].writes.isEmpty { cluster.finishWrite(node.number) }
            cluster[node.number].isDiskHeld = false
        }
        for round in 0..<60 {
            cluster.deliverAll()
            check()
            if round == 40,
                let leader = cluster.nodes.filter({ $0.raft.isLeader }).max(by: {
                    $0.raft.currentTerm < $1.raft.currentTerm
                })
            {
                cluster.step(.propose([Array("last".utf8)]), at: leader.number)
            } else if let next = cluster.nodes.min(by: {
                cluster.deadline(of: $0.number) < cluster.deadline(of: $1.number)
            }) {
                cluster.tick(next.number)
            }
        }
        cluster.deliverAll()
        check()
    }

    // MARK: What must hold

    private mutating func check() {
        for node in cluster.nodes { checkTerms(node) }
        for (number, entry) in cluster.takeNewlyApplied() { checkApplied(entry, by: number) }
        for read in cluster.reads[readsSeen...] where read.index < readFloors[read.id] ?? 0 {
            violations.append(
                "read \(read.id) was answered at \(read.index), after \(readFloors[read.id] ?? 0) had been committed")
        }
        readsSeen = cluster.reads.count
    }

    /// Election safety, and one vote a term, restarts or not.
    private mutating func checkTerms(_ node: EngineNode) {
        if node.raft.isLeader {
            let leader = leaders[node.raft.currentTerm, default: node.number]
            leaders[node.raft.currentTerm] = leader
            if leader != node.number {
                violations.append("\(leader) and \(node.number) lead in term \(node.raft.currentTerm)")
            }
        }
        guard let vote = node.hardState.votedFor?.instance else { return }
        let first = votes[node.hardState.currentTerm, default: [:]][node.number, default: vote]
        votes[node.hardState.currentTerm, default: [:]][node.number] = first
        if first != vote { violations.append("\(node.number) voted twice in term \(node.hardState.currentTerm)") }
    }

    /// State machine safety; and what is committed lies on a majority of disks, now.
    private mutating func checkApplied(_ entry: LogEntry, by number: Member.Number) {
        let before = appliedBy[number, default: 0]
        if entry.index != before + 1 { violations.append("\(number) applied \(entry.position) after \(before)") }
        appliedBy[number] = entry.index
        if entry.index <= LogIndex(committed.count) {
            let other = committed[Int(entry.index) - 1]
            if other != entry { violations.append("\(number) applied \(entry.position), another \(other.position)") }
            return
        }
        committed.append(entry)
        let holders = cluster.nodes.count { $0.durable.dropFirst(Int(entry.index) - 1).first == entry }
        if 2 * holders <= cluster.nodes.count {
            violations.append("\(entry.position) is committed, and \(holders) of \(cluster.nodes.count) disks hold it")
        }
    }
}
