package import Raft
package import StateMachine

/// The comparison of the members' states: what this node has to do for it.
struct Comparing {
    /// When this leader asks for the next one; `nil` while nobody is to be asked by it.
    var dueAt: Instant?
    /// Whether a write that asks, or one that reports, is under way.
    var isAsking = false
    var isReporting = false
    /// What was reported last, and when a report that came to nothing is tried again.
    var reportedIndex: LogIndex = 0
    var nextReport = Instant.zero
    /// When leadership was last offered to another: not every turn.
    var handedOverAt: Instant?
}

/// What the last comparison of the members' states has found.
package struct ComparisonStatus: Sendable {
    /// The entry at which the states were compared; 0 before the first comparison.
    package var index: LogIndex = 0
    /// What this node's own state had there; `nil` if it did not apply that entry itself.
    package var hash: StateHash?
    /// Whether the states of members differ.
    package var isMismatch = false
    /// The members whose states are known to be wrong.
    package var convicted: [String] = []
    /// What the operator should know of a mismatch.
    package var alarm: String?
    /// Why this node serves no reads; `nil` when nothing is known against its state.
    package var conviction: String?

    package init() {}
}

extension Replica {
    /// The ids of this node's own writes: no client has them.
    static let comparisonRequest = ClientRequest.ID.max - 1
    static let hashReportRequest = ClientRequest.ID.max - 2

    /// Goes on with the comparison, and with what follows from the last one. Once a turn.
    func driveComparison(now: Instant) {
        let convicted = stateMachine.comparison.convicted
        if raft.unfit != convicted { raft.step(.unfit(convicted), now: now) }
        if isConvicted { leadNoMore(now: now) }
        askForHashes(now: now)
        reportHash(now: now)
    }

    /// When `driveComparison` is due without being told; in the past when it is.
    var comparisonDeadline: Instant {
        if raft.unfit != stateMachine.comparison.convicted { return .zero }
        var deadline = Instant.never
        if let due = comparing.dueAt, !comparing.isAsking { deadline = due }
        if let report = wantedReport, raft.leader != nil { deadline = min(deadline, reportTime(of: report)) }
        if isConvicted, raft.isLeader, raft.transferTarget == nil, let last = comparing.handedOverAt {
            deadline = min(deadline, last.advanced(byMilliseconds: settings.stallRetryMilliseconds))
        }
        return deadline
    }

    // MARK: The comparison

    /// A leader with another member has all of them note their hashes, now and then.
    private func askForHashes(now: Instant) {
        guard raft.isLeader, !isStopping, raft.configuration.members.count >= 2 else { return comparing.dueAt = nil }
        guard let due = comparing.dueAt, now >= due else {
            if comparing.dueAt == nil { scheduleComparison(now: now) }
            return
        }
        guard !comparing.isAsking else { return }
        scheduleComparison(now: now)
        guard haveMembersOneVersion else { return }
        comparing.isAsking = true
        receiveWrite(Replica.comparisonRequest, .compareHashes, key: nil, now: now)
    }

    private func scheduleComparison(now: Instant) {
        comparing.dueAt = now.advanced(byMilliseconds: settings.comparisonIntervalMilliseconds)
    }

    /// Whether all members that ever ran have announced this node's own version. Another might not know the commands of a comparison, or
    /// make something else of an entry.
    private var haveMembersOneVersion: Bool {
        guard let version = announcing.announcement?.version else { return false }
        return raft.configuration.members.compactMap(\.instance).allSatisfy {
            stateMachine.announcement(of: $0)?.version == version
        }
    }

    /// Writes what this node has noted, the way any client's write goes.
    private func reportHash(now: Instant) {
        guard let report = wantedReport, raft.leader != nil, now >= reportTime(of: report) else { return }
        comparing.isReporting = true
        comparing.reportedIndex = report.index
        comparing.nextReport = now.advanced(byMilliseconds: settings.stallRetryMilliseconds)
        receiveWrite(Replica.hashReportRequest, .reportHash(report), key: nil, now: now)
    }

    /// The report on the present comparison, if the state lacks it and no write of it is under way.
    private var wantedReport: HashReport? {
        let comparison = stateMachine.comparison
        guard let noted = stateMachine.noted, noted.index == comparison.index, !comparing.isReporting, !isStopping,
            raft.committedConfiguration.configuration.member(of: identity.instance) != nil,
            comparison.report(of: identity.instance) == nil
        else { return nil }
        return HashReport(instance: identity.instance, index: noted.index, hash: noted.hash)
    }

    /// At once, but a report that came to nothing only after a while.
    private func reportTime(of report: HashReport) -> Instant {
        report.index == comparing.reportedIndex ? comparing.nextReport : .zero
    }

    // MARK: The verdict

    /// Whether this node's state is known to be wrong: it serves no reads, answers for no write that it applied as leader, sends no
    /// snapshot, and does not lead if another can. Its log is as good as any: it votes, and it acknowledges entries.
    var isConvicted: Bool { isConvicted(identity.instance) }

    func isConvicted(_ instance: InstanceID) -> Bool { stateMachine.comparison.convicted.contains(instance) }

    /// Why this node serves no reads, and what to do; `nil` when nothing is known against its state.
    package var conviction: String? {
        guard isConvicted else { return nil }
        return """
            the state of node \(identity.nodeID) is not what the majority has: it serves no reads. Take it out \
            (raftctl leave \(identity.nodeID)), stop it, move its directory away and start it with --join
            """
    }

    /// Hands leadership to a voter whose state is right.
    private func leadNoMore(now: Instant) {
        let pause = settings.stallRetryMilliseconds
        guard raft.isLeader, raft.transferTarget == nil,
            comparing.handedOverAt.map({ now.milliseconds(since: $0) >= pause }) ?? true
        else { return }
        comparing.handedOverAt = now
        guard let heir = raft.bestHeir(now: now) else { return }
        report(.info, "hands leadership to \(raft.configuration[heir]?.name ?? "another"), whose state is right")
        raft.step(.transfer(to: heir), now: now)
    }

    /// What the last comparison has found, for people.
    package var comparisonStatus: ComparisonStatus {
        let comparison = stateMachine.comparison
        var status = ComparisonStatus()
        status.index = comparison.index
        status.hash = stateMachine.noted.flatMap { $0.index == comparison.index ? $0.hash : nil }
        status.isMismatch = comparison.isMismatch
        status.convicted = comparison.convicted.map(name)
        status.alarm = mismatch
        status.conviction = conviction
        return status
    }

    private var mismatch: String? {
        let comparison = stateMachine.comparison
        guard comparison.isMismatch else { return nil }
        guard comparison.convicted.isEmpty else {
            let names = comparison.convicted.map(name).joined(separator: ", ")
            return "the state of \(names) is not what the majority has: take it out, and add it again, empty"
        }
        return """
            the states of the members differ since index \(comparison.mismatchIndex) at the latest, and no majority tells who is right: \
            compare backups of each before one is taken out
            """
    }

    private func name(_ instance: InstanceID) -> String {
        raft.configuration.member(of: instance)?.name ?? "\(instance)"
    }

    /// Tells the operator when states differ, and when they do not any more.
    func reportComparison() {
        let comparison = stateMachine.comparison
        let isMismatch = comparison.isMismatch
        guard reported.isMismatch != isMismatch || reported.convicted != comparison.convicted else { return }
        (reported.isMismatch, reported.convicted) = (isMismatch, comparison.convicted)
        guard let mismatch else { return report(.info, "the states of all members are equal again") }
        let hashes = comparison.reports.map { "\(name($0.instance)) has \($0.hash)" }.joined(separator: ", ")
        report(.error, "\(mismatch) (at index \(comparison.index): \(hashes))")
        if let conviction { report(.error, conviction) }
    }

    /// Nobody waits for them any more.
    func abandonComparison() {
        let ending = Answer.unavailable(reason: "shutting down")
        if comparing.isAsking { finishWrite(Replica.comparisonRequest, ending) }
        if comparing.isReporting { finishWrite(Replica.hashReportRequest, ending) }
    }
}
