import Raft

/// An operator's request that this node carries out as leader, or will when it is its turn.
struct MembershipChange {
    enum Source {
        /// Of this node's own operator.
        case own(id: UInt64)
        /// Another node asks on behalf of its operator.
        case peer(header: PeerHeader, token: UInt64)
    }

    enum Step: Equatable {
        /// Until it may begin.
        case waiting
        /// The address is asked who lives there.
        case dialling(UInt64)
        case dialled(Identity)
        /// Its entry stands here in the log.
        case committing(LogPosition)
        /// That member is to lead after this term.
        case transferring(Member, Term)
    }

    let source: Source
    let request: AdminRequest
    let deadline: Instant
    var step = Step.waiting
}

/// The changes that a leader was asked for: one at a time, in the order they came.
struct Membership {
    static let maximumQueue = 64

    var queue = FIFO<MembershipChange>()
    var current: MembershipChange?
    private var nextDial: UInt64 = 1

    mutating func takeDial() -> UInt64 {
        defer { nextDial += 1 }
        return nextDial
    }
}

extension Replica {
    /// Goes on with changes of membership, and with whatever else concerns members. Once a turn, before the engine's.
    func driveMembership(now: Instant) {
        driveJoining(now: now)
        driveAnnouncement(now: now)
        driveHandover(now: now)
        settleChange(now: now)
        driveAdministration(now: now)
        guard raft.isLeader else { return returnChanges(now: now) }
        while membership.current == nil, !membership.queue.isEmpty {
            membership.current = membership.queue.removeFirst()
            advanceChange(now: now)
        }
        advanceChange(now: now)
    }

    /// When `driveMembership` is due without being told.
    func membershipDeadline(now: Instant) -> Instant {
        var due = min(administrationDeadline, joiningDeadline, announcementDeadline, handoverDeadline ?? .never)
        if let change = membership.current {
            due = min(due, isReadyToAdvance(change) ? now : change.deadline)
        } else if !membership.queue.isEmpty {
            due = now
        }
        // What is due and could not be done waits for something else.
        return max(due, now.advanced(byMilliseconds: 1))
    }

    // MARK: The queue

    func receive(_ request: AdminRequest, header: PeerHeader, token: UInt64, now: Instant) {
        let source = MembershipChange.Source.peer(header: header, token: token)
        guard raft.isLeader else { return refuse(source, .notLeader, "\(identity.nodeID) does not lead", now: now) }
        guard membership.queue.count < Membership.maximumQueue else {
            return refuse(
                source, .unavailable, "\(membership.queue.count) changes wait already; try again later", now: now)
        }
        membership.queue.append(
            MembershipChange(
                source: source, request: request,
                deadline: now.advanced(
                    byMilliseconds: Administration.timeoutMilliseconds - Administration.answerMarginMilliseconds)))
    }

    /// Who leads no more has the next leader asked, which finds done what was done.
    private func returnChanges(now: Instant) {
        var changes = membership.queue.removeAll()
        if let current = membership.current {
            // Leadership that went where it was to go is no loss.
            if case .transferring = current.step {
            } else {
                membership.current = nil
                changes.insert(current, at: 0)
            }
        }
        for change in changes { refuse(change.source, .notLeader, "\(identity.nodeID) leads no more", now: now) }
    }

    private func answer(_ source: MembershipChange.Source, _ answer: AdminResponse, now: Instant) {
        switch source {
        case .own(let id): finishOwn(id, answer, now: now)
        case .peer(let header, let token):
            effects.append(.reply(raft.response(.administer(answer), to: header), token: token))
        }
    }

    private func refuse(
        _ source: MembershipChange.Source, _ code: AdminRefusal.Code, _ message: String, now: Instant
    ) {
        answer(source, .refused(AdminRefusal(code: code, message: message)), now: now)
    }

    /// Ends the change under way.
    func endChange(_ response: AdminResponse, now: Instant) {
        guard let change = membership.current else { return }
        membership.current = nil
        answer(change.source, response, now: now)
    }

    func refuseChange(_ code: AdminRefusal.Code, _ message: String, now: Instant) {
        endChange(.refused(AdminRefusal(code: code, message: message)), now: now)
    }

    // MARK: One change

    /// Whether the change could go on at once: the engine has become free since it was last tried.
    private func isReadyToAdvance(_ change: MembershipChange) -> Bool {
        switch change.step {
        case .waiting: if case .transfer = change.request { raft.transferTarget == nil } else { raft.canReconfigure }
        case .dialled: raft.canReconfigure
        case .dialling, .committing, .transferring: false
        }
    }

    private func advanceChange(now: Instant) {
        guard let change = membership.current else { return }
        switch (change.step, change.request) {
        case (.waiting, .join(let nodeID, let address, _)): dial(nodeID, at: address)
        case (.waiting, .leave(let name)): if raft.canReconfigure { remove(name, now: now) }
        case (.waiting, .transfer(let name)): if raft.transferTarget == nil { transfer(to: name, now: now) }
        case (.dialled(let identity), .join(_, let address, let asLearner)):
            if raft.canReconfigure { add(identity, at: address, asLearner: asLearner, now: now) }
        default: break
        }
    }

    /// Answers for the change under way if its outcome is known, or its time is up. After the engine's turn too: a leader that has
    /// removed itself leads no more then.
    func settleChange(now: Instant) {
        guard let change = membership.current else { return }
        switch change.step {
        case .committing(let position):
            if raft.commitIndex >= position.index, raft.log.term(at: position.index) == position.term {
                return endChange(.done, now: now)
            }
        case .transferring(let target, let term):
            settleTransfer(to: target, in: term, now: now)
        case .waiting, .dialling, .dialled: break
        }
        if membership.current != nil, now >= change.deadline { expireChange(change, now: now) }
    }

    private func expireChange(_ change: MembershipChange, now: Instant) {
        switch change.step {
        case .committing, .transferring:
            refuseChange(
                .timeout, "it is not known whether that will be done: \(unavailability(now: now)). Ask again later",
                now: now)
        case .waiting, .dialling, .dialled:
            refuseChange(.unavailable, "the members cannot be changed now: \(unavailability(now: now))", now: now)
        }
    }

    private func append(_ next: Configuration, now: Instant) {
        raft.step(.reconfigure(next), now: now)
        membership.current?.step = .committing(raft.log.lastPosition)
    }

    // MARK: Join

    /// Asks who lives at the address: nobody is taken who cannot be reached there, or is somebody else.
    private func dial(_ nodeID: String, at address: String) {
        if nodeID == identity.nodeID, raft.configuration.member(of: identity.instance)?.address == address {
            membership.current?.step = .dialled(identity)
            return
        }
        let number = membership.takeDial()
        membership.current?.step = .dialling(number)
        let hello = Hello(
            address: self.address, isAddressExplicit: isAddressExplicit, recipientAddress: address, peers: [])
        let request = PeerRequest(header: raft.header(for: .none), body: .hello(hello))
        effects.append(.send(request, to: address, .control, .dial(number)))
    }

    func dialAnswered(_ number: UInt64, _ response: PeerResponse, now: Instant) {
        guard let change = membership.current, change.step == .dialling(number),
            case .join(let nodeID, let address, _) = change.request
        else { return }
        if let flaw = flaw(of: response, at: address, expecting: nodeID) {
            return refuseChange(.conflict, flaw, now: now)
        }
        membership.current?.step = .dialled(response.header.sender)
    }

    /// Why the node that answered is not to be taken as `nodeID`.
    private func flaw(of response: PeerResponse, at address: String, expecting nodeID: String) -> String? {
        let sender = response.header.sender
        let cluster = response.header.clusterID
        guard sender.nodeID == nodeID else {
            return """
                the node at \(address) is called \(sender), not \(nodeID). Join it by its own id, or give \(nodeID)'s address
                """
        }
        guard cluster == .none || cluster == raft.clusterID else {
            return """
                \(nodeID) at \(address) belongs to another cluster, \(cluster). Only an empty node can join: \
                stop it, move its directory away, and start it with --join
                """
        }
        guard case .hello(let answer) = response.body else {
            return "\(nodeID) at \(address) does not say who it is. Check that it runs this version"
        }
        if case .empty = answer.standing, !answer.peers.isEmpty, raft.configuration.member(named: nodeID) == nil {
            return """
                \(nodeID) at \(address) was started with --peers and may form a cluster of its own. \
                Start it with --join instead
                """
        }
        return nil
    }

    func dialFailed(_ number: UInt64, _ failure: SendFailure, now: Instant) {
        guard let change = membership.current, change.step == .dialling(number),
            case .join(let nodeID, let address, _) = change.request
        else { return }
        // One that is a member there already changes nothing by being away.
        if let member = raft.configuration.member(named: nodeID), member.address == address,
            let instance = member.instance
        {
            membership.current?.step = .dialled(Identity(nodeID: nodeID, instance: instance))
            return
        }
        refuseChange(
            .unavailable,
            """
            \(nodeID) does not answer at \(address): \(failure.reason). Start it with --join, or mend the address \
            (--advertise-addr)
            """, now: now)
    }

    private func add(_ identity: Identity, at address: String, asLearner: Bool, now: Instant) {
        do throws(MembershipError) {
            let next = try raft.configuration.adding(
                nodeID: identity.nodeID, address: address, instance: identity.instance, asLearner: asLearner)
            guard let next else { return endChange(.done, now: now) }
            report(.info, "takes \(identity) at \(address) as a member, at index \(raft.log.lastIndex + 1)")
            append(next, now: now)
        } catch {
            refuseChange(.conflict, error.description, now: now)
        }
    }

    // MARK: Leave

    private func remove(_ name: String, now: Instant) {
        do throws(MembershipError) {
            let next = try raft.configuration.removing(nodeID: name)
            if let reason = lackOfMajority(in: next, without: name, now: now) {
                return refuseChange(.conflict, reason, now: now)
            }
            report(.info, "takes \(name) out, at index \(raft.log.lastIndex + 1)")
            append(next, now: now)
        } catch .notFound {
            let names = raft.configuration.members.map(\.name).joined(separator: ", ")
            refuseChange(.unavailable, "there is no member \(name); the members are \(names)", now: now)
        } catch {
            refuseChange(.conflict, error.description, now: now)
        }
    }

    /// Why those that remain could decide nothing; `nil` when enough of them are heard.
    private func lackOfMajority(in next: Configuration, without name: String, now: Instant) -> String? {
        let voters = next.voters
        let silent = voters.filter { !isHeard($0, now: now) }
        guard voters.count - silent.count < next.quorum else { return nil }
        return """
            without \(name) the voters are \(voters.map(\.name).joined(separator: ", ")), and of these \
            \(silent.map(\.name).joined(separator: ", ")) cannot be reached: no majority would be left. \
            Bring them back first, or take them out first
            """
    }

    /// Whether a voter has answered this leader within an election time-out.
    private func isHeard(_ voter: Member, now: Instant) -> Bool {
        if voter.instance == identity.instance { return true }
        guard let progress = raft.progress.first(where: { $0.number == voter.number }) else { return false }
        // Of one that holds nothing it is only known since when this node leads.
        return progress.matchIndex > 0
            && now.milliseconds(since: progress.lastContact) < settings.raft.electionTimeoutMaxMilliseconds
    }
}
