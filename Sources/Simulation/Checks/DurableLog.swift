import Raft

/// What the disk of a node holds for good, as its process had it confirmed.
struct DurableLog {
    /// Index 1 first; 0 where nothing is known but that a snapshot holds it.
    let terms: [Term]
    /// How far of it is durable.
    let end: LogIndex

    func holds(_ position: LogPosition) -> Bool {
        guard position.index <= end, position.index > 0, Int(position.index) <= terms.count else { return false }
        let term = terms[Int(position.index) - 1]
        return term == 0 || term == position.term
    }
}

extension SimulatedNode {
    var durableLog: DurableLog { DurableLog(terms: seen.terms, end: promises.persistedIndex) }
}

/// Acknowledged implies durable on a majority: an entry is committed only once the disks of a majority of the voters hold it
/// (thesis 3.5 and 10.2.1).
struct DurableMajority {
    /// Who was a voter when the entry was committed; either of two when the configuration changed in the same turn.
    let configurations: [Configuration]

    /// - Parameter log: what the disk of an instance holds, also of one that is lost by now.
    func check(_ position: LogPosition, by leader: String, log: (InstanceID) -> DurableLog?) throws(Violation) {
        var counts: [String] = []
        for configuration in configurations {
            let holders = configuration.voters.filter { voter in
                voter.instance.flatMap(log)?.holds(position) ?? false
            }
            if holders.count >= configuration.quorum { return }
            counts.append("\(holders.count) of \(configuration.voters.count) voters")
        }
        throw Violation(
            "\(leader) committed \(position), which is durable on \(counts.joined(separator: ", or ")) alone")
    }
}
