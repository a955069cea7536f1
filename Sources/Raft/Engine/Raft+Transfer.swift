// Handing leadership over: thesis 3.10.

/// A transfer of leadership under way.
struct Transfer: Sendable, Equatable {
    let target: Member.Number
    /// When it has failed.
    let deadline: Instant
    /// Whether the target was told to stand.
    var isTold = false
}

extension Raft {
    /// Who is to lead next, while a transfer runs; nothing is to be proposed meanwhile.
    package var transferTarget: Member.Number? { transfer?.target }

    /// Whom this leader had best hand over to: of those that may lead, the one that is the furthest; `nil` when there is none.
    package func bestHeir(now: Instant) -> Member.Number? {
        progress.filter { isHeir($0, now: now) }.max { $0.matchIndex < $1.matchIndex }?.number
    }

    /// Whether leadership may go to this member: a voter that was heard lately, has space, and whose state is right.
    private func isHeir(_ progress: Progress, now: Instant) -> Bool {
        guard let instance = progress.instance, !unfit.contains(instance) else { return false }
        return !progress.isLearner && progress.hasSpace
            && now.milliseconds(since: progress.lastContact) < settings.electionTimeoutMinMilliseconds
    }

    mutating func transfer(to target: Member.Number, now: Instant) {
        guard isLeader, transfer == nil, let progress = progress.first(where: { $0.number == target }),
            isHeir(progress, now: now)
        else { return }
        transfer = Transfer(
            target: target, deadline: now.advanced(byMilliseconds: settings.electionTimeoutMaxMilliseconds))
    }

    /// Tells the target to stand, once its log is this leader's.
    mutating func continueTransfer(now: Instant) {
        guard let running = transfer, !running.isTold,
            let progress = progress.first(where: { $0.number == running.target }),
            let member = configuration[running.target]
        else { return }
        guard isHeir(progress, now: now) else { return giveUpTransfer() }
        guard progress.matchIndex == log.lastIndex else { return }
        transfer?.isTold = true
        send(.timeoutNow, to: member)
    }

    /// The target did not take over: this leader goes on. Rounds that were answered meanwhile count again.
    mutating func giveUpTransfer() {
        transfer = nil
        confirmReads()
    }

    /// The leader's wish: stands at once, without a trial (thesis 3.10). It is the wish of the leader that this node follows, which it has
    /// caught up with, or nobody's.
    mutating func receiveTimeoutNow(header: PeerHeader, token: UInt64, now: Instant) {
        if let refusal = refusal(of: header) { return reply(.refused(refusal), to: header, token: token) }
        let isLeaders =
            header.term == currentTerm && leader?.instance == header.sender.instance && follow(header, now: now)
        reply(.timeoutNow, to: header, token: token)
        guard isLeaders, isVoter, storage == .healthy, !isUnfit else { return }
        startElection(isTransfer: true, now: now)
    }
}
