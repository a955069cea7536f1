// Learners that become voters: thesis 4.2.1. That one is to be promoted stands in the log, so whoever leads does it.

extension Raft {
    /// Notes how far the learners have come.
    mutating func advanceCatchUp(at place: Int, now: Instant) {
        progress[place].catchUp.advance(
            matchIndex: progress[place].matchIndex, lastIndex: log.lastIndex,
            limitMilliseconds: settings.electionTimeoutMinMilliseconds, now: now)
    }

    /// Promotes one learner that has caught up, if there is one and a change is possible.
    mutating func promoteIfCaughtUp(now: Instant) {
        guard canReconfigure, storage == .healthy else { return }
        let limit = settings.electionTimeoutMinMilliseconds
        let ready = progress.first { progress in
            configuration[progress.number]?.isToBePromoted == true && progress.instance != nil && progress.hasSpace
                && now.milliseconds(since: progress.lastContact) < limit
                && progress.catchUp.isDone(limitMilliseconds: limit, now: now)
        }
        guard let ready, let next = configuration.promoting(ready.number) else { return }
        reconfigure(next, now: now)
    }
}
