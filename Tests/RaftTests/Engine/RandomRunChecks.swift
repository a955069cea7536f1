import Raft

/// The properties of thesis figure 3.2, looked for after every event of a random run.
struct RandomRunChecks {
    /// What any node has applied, in order.
    private(set) var committed: [LogEntry] = []
    private(set) var violations: [String] = []
    /// What happened in the run, so that a test can tell whether it proves anything.
    private(set) var configurationsCommitted = 0
    private(set) var leadersSeen = 0
    private(set) var snapshotsInstalled = 0
    private(set) var compactions = 0

    private var leaders: [Term: Member.Number] = [:]
    private var votes: [Term: [Member.Number: InstanceID]] = [:]
    /// Every entry that was ever in any log, by term and index, and the term of the one before.
    private var known: [Term: [LogIndex: (entry: LogEntry, previous: Term?)]] = [:]
    /// What was committed anywhere when a read arrived.
    private var readFloors: [LogIndex] = []
    private var readsSeen = 0
    private var appliedBy: [Member.Number: LogIndex] = [:]

    mutating func startRead() -> UInt64 {
        readFloors.append(LogIndex(committed.count))
        return UInt64(readFloors.count - 1)
    }

    mutating func restarted(_ number: Member.Number, applied: LogIndex) { appliedBy[number] = applied }

    mutating func installed(_ number: Member.Number, applied: LogIndex) {
        if appliedBy[number] ?? 0 < applied { snapshotsInstalled += 1 }
        appliedBy[number] = applied
    }

    mutating func compacted() { compactions += 1 }

    mutating func check(_ cluster: inout EngineCluster) {
        for (number, entry, previous) in cluster.takeNewlyAppended() { checkAppended(entry, previous, by: number) }
        for (number, entry) in cluster.takeNewlyApplied() { checkApplied(entry, by: number, in: cluster) }
        for node in cluster.nodes { checkTerms(node) }
        for read in cluster.reads[readsSeen...] where read.index < readFloors[Int(read.id)] {
            violations.append(
                "read \(read.id) was answered at \(read.index), after \(readFloors[Int(read.id)]) had been committed")
        }
        readsSeen = cluster.reads.count
    }

    /// Election safety and leader completeness; one vote a term, restarts or not.
    private mutating func checkTerms(_ node: EngineNode) {
        if node.raft.isLeader {
            let term = node.raft.currentTerm
            if leaders[term] == nil {
                leadersSeen += 1
                leaders[term] = node.number
                checkCompleteness(node)
            }
            if let leader = leaders[term], leader != node.number {
                violations.append("\(leader) and \(node.number) lead in term \(term)")
            }
        }
        guard let vote = node.hardState.votedFor?.instance else { return }
        let first = votes[node.hardState.currentTerm, default: [:]][node.number, default: vote]
        votes[node.hardState.currentTerm, default: [:]][node.number] = first
        if first != vote { violations.append("\(node.number) voted twice in term \(node.hardState.currentTerm)") }
    }

    private mutating func checkCompleteness(_ node: EngineNode) {
        guard let last = committed.last(where: { $0.term < node.raft.currentTerm }) else { return }
        if !node.raft.log.matches(last.position) {
            violations.append("\(node.number) leads term \(node.raft.currentTerm) and lacks \(last.position)")
        }
    }

    /// Log matching: what has the same index and term is the same, and comes after the same.
    private mutating func checkAppended(_ entry: LogEntry, _ previous: Term?, by number: Member.Number) {
        guard let first = known[entry.term]?[entry.index] else {
            known[entry.term, default: [:]][entry.index] = (entry, previous)
            return
        }
        let isSamePrevious = previous == nil || first.previous == nil || previous == first.previous
        if first.entry != entry || !isSamePrevious { violations.append("\(number) appended another \(entry.position)") }
    }

    /// State machine safety; and what is committed lies on a majority of the voters' disks, now.
    private mutating func checkApplied(_ entry: LogEntry, by number: Member.Number, in cluster: EngineCluster) {
        let before = appliedBy[number, default: 0]
        if entry.index != before + 1 { violations.append("\(number) applied \(entry.position) after \(before)") }
        appliedBy[number] = entry.index
        if entry.index <= LogIndex(committed.count) {
            let other = committed[Int(entry.index) - 1]
            if other != entry { violations.append("\(number) applied \(entry.position), another \(other.position)") }
            return
        }
        committed.append(entry)
        if entry.kind == .configuration { configurationsCommitted += 1 }
        let voters = cluster[number].raft.configuration.voters.compactMap(\.instance)
        let holders = cluster.nodes.count { voters.contains($0.identity.instance) && $0.holds(entry) }
        if holders < cluster[number].raft.configuration.quorum {
            violations.append("\(entry.position) is committed, and \(holders) of \(voters.count) voters' disks hold it")
        }
    }
}
