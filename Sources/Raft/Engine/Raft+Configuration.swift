// The configuration as an entry of the log: thesis 4.1. In force when appended, undone when truncated.

extension Raft {
    /// The index of the entry that brought the configuration in force; 0 for a provisional one.
    package var configurationIndex: LogIndex { configurations.last?.index ?? 0 }

    /// The last configuration that is known to be committed, and its index; `.none` at 0 when there is none.
    package var committedConfiguration: (index: LogIndex, configuration: Configuration) {
        configurations.last { $0.index <= commitIndex } ?? (0, .none)
    }

    /// Whether the leader may append a configuration: one change at a time, and none before an entry of this term is committed. Else
    /// two leaders could each reach a majority of their own, and the two would share nobody (thesis 4.1, and Ongaro's correction of
    /// 2015).
    package var canReconfigure: Bool {
        hasCommittedInTerm && configurationIndex <= commitIndex && transfer == nil
    }

    /// Whether this node has left the cluster: a committed configuration does not hold this instance, and an earlier one did.
    package var isRemoved: Bool {
        wasMemberForSure && committedConfiguration.configuration.member(of: identity.instance) == nil
    }

    /// Whether a committed configuration held this instance, as far as this node remembers.
    var wasMemberForSure: Bool {
        wasMember
            || configurations.contains { index, configuration in
                index > 0 && index <= commitIndex && configuration.member(of: identity.instance) != nil
            }
    }

    /// The member of that number, also one that has left and is still told so: whom a request of `Ready` is for.
    package func member(_ number: Member.Number) -> Member? {
        configuration[number] ?? progress.first { $0.number == number }?.farewell?.member
    }

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

    mutating func reconfigure(_ next: Configuration, now: Instant) {
        precondition(canReconfigure, "a configuration is changed while another change, or a transfer, is under way")
        precondition(configuration.mayBecome(next), "\(configuration) may not become \(next) in one step")
        let index = log.lastIndex + 1
        appendConfiguration(next)
        rebuildProgress(nextIndex: index, now: now)
    }

    /// Binds a member to the instance that answered at its address for the first time. Like any change: else two leaders could bind
    /// one member to two instances.
    mutating func bindIfNew(_ member: Member.Number, identity: Identity, now: Instant) {
        guard canReconfigure, let bound = configuration.binding(member, to: identity) else { return }
        reconfigure(bound, now: now)
    }

    /// One progress for every other member, and for those that have left and do not know it; what is known of those that stay is kept.
    /// - Parameter nextIndex: what new ones are sent first.
    mutating func rebuildProgress(nextIndex: LogIndex, now: Instant) {
        let known = progress
        progress = configuration.members.filter { $0.instance != identity.instance }.map { member in
            if var old = known.first(where: { $0.number == member.number }) {
                old.instance = member.instance
                old.isLearner = member.isLearner
                return old
            }
            return Progress(
                number: member.number, instance: member.instance, isLearner: member.isLearner, nextIndex: nextIndex,
                now: now)
        }
        progress += departing(known, nextIndex: nextIndex, now: now)
    }
}
