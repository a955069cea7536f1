// The configuration as an entry of the log: thesis 4.1. In force when appended, undone when truncated.

extension Raft {
    /// Takes the configuration that formation agreed on, until the first leader's entry replaces it.
    mutating func bootstrap(_ configuration: Configuration, now: Instant) {
        guard log.lastIndex == 0 else { return }
        configurations = [(0, configuration)]
        if isOnlyVoter { electionDeadline = now }
    }

    /// What the first leader writes: the members it knows, and a new cluster's id.
    mutating func foundingConfiguration() -> Configuration {
        Configuration(clusterID: random.nextID(), members: configuration.members)
    }

    mutating func appendConfiguration(_ configuration: Configuration) {
        appendOwn(.configuration, payload: ConfigurationCodec.encode(configuration))
    }

    /// Puts the configuration of an appended entry in force.
    mutating func adopt(_ entry: LogEntry) {
        do {
            configurations.append((entry.index, try ConfigurationCodec.decode(entry.payload)))
        } catch {
            preconditionFailure("the configuration at \(entry.position) cannot be read: \(error)")
        }
    }

    /// Binds a member to the instance that answered at its address for the first time: one change at a time, and none
    /// before an entry of this term is committed. Else two leaders could bind one member to two instances, and count on
    /// majorities that share nobody.
    mutating func bindIfNew(_ member: Member.Number, identity: Identity, now: Instant) {
        guard hasCommittedInTerm, let last = configurations.last, last.index <= commitIndex,
            let bound = configuration.binding(member, to: identity)
        else { return }
        appendConfiguration(bound)
        rebuildProgress(now: now)
    }

    /// One progress for every other member; what is known of those that stay is kept.
    mutating func rebuildProgress(now: Instant) {
        let known = progress
        progress = configuration.members.filter { $0.instance != identity.instance }.map { member in
            if var old = known.first(where: { $0.number == member.number }) {
                old.instance = member.instance
                old.isLearner = member.isLearner
                return old
            }
            return Progress(
                number: member.number, instance: member.instance, isLearner: member.isLearner,
                nextIndex: log.lastIndex + 1, now: now)
        }
    }
}
