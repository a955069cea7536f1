// What a follower does with AppendEntries and heartbeats: thesis 3.5.

extension Raft {
    mutating func receive(_ request: AppendEntries, header: PeerHeader, token: UInt64, now: Instant) {
        if let refusal = refusal(of: header) { return reply(.refused(refusal), to: header, token: token) }
        guard follow(header, now: now) else { return reply(.appendEntries(.staleTerm), to: header, token: token) }
        // What lies below the base is committed, so it is the leader's as well.
        guard request.previous.index < log.base.index || log.matches(request.previous) else {
            let hint = log.lastPossibleAgreement(with: request.previous)
            let conflict = AppendEntriesResponse.conflict(rejected: request.previous.index, hint: hint)
            return reply(.appendEntries(conflict), to: header, token: token)
        }
        let missing = missingEntries(of: request)
        let matchIndex = max(request.lastIndex, log.base.index)
        guard missing.isEmpty || storage != .full else {
            advanceCommit(to: min(request.leaderCommit, matchIndex - LogIndex(missing.count)))
            return reply(.appendEntries(.noSpace), to: header, token: token)
        }
        append(missing)
        advanceCommit(to: min(request.leaderCommit, matchIndex))
        let matched = response(.appendEntries(.matched(matchIndex: matchIndex)), to: header)
        ready.messagesAfterEntries.append(.reply(matched, token: token))
    }

    mutating func receive(_ heartbeat: Heartbeat, header: PeerHeader, token: UInt64, now: Instant) {
        if let refusal = refusal(of: header) { return reply(.refused(refusal), to: header, token: token) }
        let isAccepted = follow(header, now: now)
        // The leader names no more than it knows this log to share.
        if isAccepted { advanceCommit(to: heartbeat.leaderCommit) }
        let answer = HeartbeatResponse(
            round: heartbeat.round, isAccepted: isAccepted, hasSpace: storage != .full)
        reply(.heartbeat(answer), to: header, token: token)
    }

    /// Recognises the sender as leader of its term, unless that term is over or another leads it already: a term elects one, so whoever
    /// else claims it was not elected, and must neither depose a leader nor stop it.
    mutating func follow(_ header: PeerHeader, now: Instant) -> Bool {
        guard header.term >= currentTerm else { return false }
        if header.term == currentTerm, let leader, leader.instance != header.sender.instance { return false }
        becomeFollower(term: header.term, leader: header.sender, now: now)
        leaderContact = now
        hurriedElections = 0
        resetElectionDeadline(now: now)
        return true
    }

    /// The entries that the log lacks, or holds with another term, and all that follow them. What is already here stays: a message may
    /// arrive late or twice.
    private func missingEntries(of request: AppendEntries) -> ArraySlice<LogEntry> {
        precondition(
            request.entries.allSatisfy { $0.index != log.base.index || $0.term == log.base.term },
            "the leader holds another entry than \(log.base), which is committed")
        return request.entries.drop { $0.index <= log.base.index || log.matches($0.position) }
    }

    /// Appends what the log lacks; entries that conflict go, with all that follow them.
    private mutating func append(_ missing: ArraySlice<LogEntry>) {
        guard let first = missing.first else { return }
        if first.index <= log.lastIndex { truncate(after: first.index - 1) }
        for entry in missing { append(entry) }
    }

    private mutating func truncate(after index: LogIndex) {
        precondition(index >= commitIndex, "entry \(index + 1) is committed (\(commitIndex)) and would be truncated")
        let handedToLog = ready.entries.first.map { $0.index - 1 } ?? log.lastIndex
        log.truncate(after: index)
        ready.entries.removeAll { $0.index > index }
        if index < handedToLog { ready.truncateAfter = log.lastPosition }
        persistedIndex = min(persistedIndex, index)
        while let last = configurations.last, last.index > index { configurations.removeLast() }
    }

    mutating func append(_ entry: LogEntry) {
        log.append(entry)
        ready.entries.append(entry)
        if entry.kind == .configuration { adopt(entry) }
    }

    mutating func advanceCommit(to index: LogIndex) {
        commitIndex = max(commitIndex, min(index, log.lastIndex))
    }

    mutating func markPersisted(_ position: LogPosition) {
        // A completion for entries that were truncated meanwhile says nothing about those that replaced them.
        guard log.matches(position) else { return }
        persistedIndex = max(persistedIndex, position.index)
    }
}
