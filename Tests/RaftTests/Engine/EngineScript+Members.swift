import Raft

// Commands that change members, leaders and disks, and move snapshots.
extension EngineScript {
    mutating func changeMembers(_ command: String, _ arguments: inout Arguments) throws {
        let number = try member(&arguments)
        switch command {
        case "add":
            let joiner = try member(&arguments)
            let isBegun = try cluster.add(joiner, at: number, asLearner: arguments.rest() == ["learner"])
            if !isBegun { cluster.trace.append("  not now") }
        case "remove":
            if !(try cluster.remove(try member(&arguments), at: number)) { cluster.trace.append("  not now") }
        case "transfer": cluster.step(.transfer(to: Member.Number(try arguments.number())), at: number)
        case "refused":
            let raft = cluster[number].raft
            guard let leader = raft.leader else { throw Mistake(description: "\(number) knows no leader") }
            cluster.step(.leaderRefused(leader: leader.instance, term: raft.currentTerm), at: number)
        default: cluster.step(.storage(try storage(named: try arguments.word())), at: number)
        }
    }

    private func storage(named name: String) throws -> StorageState {
        switch name {
        case "healthy": .healthy
        case "full": .full
        case "hung": .hung
        default: throw Mistake(description: "no disk is '\(name)'")
        }
    }

    mutating func moveSnapshot(_ command: String, _ arguments: inout Arguments) throws {
        if command == "compact" {
            let number = try member(&arguments)
            return cluster.compact(number, through: try arguments.number())
        }
        let (from, to) = try ends(of: try arguments.word())
        guard let place = cluster[from].owed.firstIndex(of: to) else {
            throw Mistake(description: "\(from) owes \(to) no snapshot")
        }
        cluster[from].owed.remove(at: place)
        let position = cluster[from].snapshot.position
        let isThere = command == "snapshot" && cluster.sendSnapshot(from: from, to: to)
        cluster.step(isThere ? .snapshotSent(to: to, position) : .snapshotFailed(to: to), at: from)
    }
}
