// Members that leave: what they are still owed, and what a leader does that removes itself (thesis 4.2.2).

extension Raft {
    /// Progress of those that have left and may not know it: those that were fed before, and those that the last change removed.
    func departing(_ known: [Progress], nextIndex: LogIndex, now: Instant) -> [Progress] {
        let staying = configuration.members.compactMap(\.instance) + [identity.instance]
        let fed = known.filter { progress in progress.farewell != nil && !staying.contains { $0 == progress.instance } }
        let before = configurations.dropLast().last.flatMap { $0.index > 0 ? $0.configuration.members : nil } ?? []
        let removed = before.filter { member in
            guard let instance = member.instance, configuration[member.number] == nil else { return false }
            return !staying.contains(instance) && !fed.contains { $0.number == member.number }
        }
        return fed
            + removed.map { member in
                var progress =
                    known.first { $0.number == member.number }
                    ?? Progress(
                        number: member.number, instance: member.instance, isLearner: true, nextIndex: nextIndex,
                        now: now)
                progress.isLearner = true
                progress.farewell = Farewell(
                    member: member, removalIndex: configurationIndex,
                    until: now.advanced(byMilliseconds: Farewell.milliseconds))
                return progress
            }
    }

    /// A heartbeat round leaves: who holds its removal learns by it that this is committed.
    mutating func noteFarewells(round: UInt64) {
        for place in progress.indices {
            guard let farewell = progress[place].farewell, farewell.round == nil,
                min(commitIndex, progress[place].matchIndex) >= farewell.removalIndex
            else { continue }
            progress[place].farewell?.round = round
        }
    }

    /// Lets go of those that know, that do not answer, or that only a snapshot would help.
    mutating func endFarewells(now: Instant) {
        progress.removeAll { progress in
            guard let farewell = progress.farewell else { return false }
            return progress.ackedRound >= farewell.round ?? .max || now >= farewell.until || progress.state == .snapshot
        }
    }

    /// A leader that removed itself leads, not counting itself, until that is committed; then the best voter is to stand at once.
    mutating func resignIfRemoved(now: Instant) {
        guard isLeader, !isVoter, hasCommittedInTerm, configurationIndex <= commitIndex else { return }
        resign(now: now)
    }

    /// Ends this leadership with a hint to the voter that is most likely to win the next.
    mutating func resign(now: Instant) {
        if let heir = bestHeir(now: now), let member = configuration[heir] { send(.timeoutNow, to: member) }
        becomeFollower(term: currentTerm, leader: nil, now: now)
    }
}
