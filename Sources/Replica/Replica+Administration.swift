import Raft

/// What operators ask at this node, until they are answered.
///
/// Whoever leads carries a request out; any node takes it and passes it on, and asks the next leader when one fails. That is safe because
/// a request that was carried out already changes nothing: a join finds itself done, so does a transfer, and a leave is known to be done
/// when the member is gone.
struct Administration {
    struct Request {
        enum State: Equatable {
            /// For a leader, or until the next try.
            case waiting(until: Instant)
            /// The leader of that instance was asked, in the message with this number.
            case asked(number: UInt64, leader: InstanceID)
            /// In the queue of this node, which leads.
            case queued
        }

        let id: UInt64
        let request: AdminRequest
        /// Until when it may wait for a leader to take it, and for the answer.
        let begin: Instant
        let end: Instant
        /// Whether it takes out somebody who was a member when it came.
        let removesMember: Bool
        var state = State.waiting(until: .zero)
        /// How often a leader was asked, or this node began itself.
        var tries = 0
    }

    /// How long an operator waits for what has begun.
    static let timeoutMilliseconds: UInt64 = 10_000
    /// A leader that was asked by another node answers so much earlier: it knows why the change takes long, and is to be heard.
    static let answerMarginMilliseconds: UInt64 = 1_000
    static let maximumRequests = 64

    var requests: [Request] = []
    private var nextNumber: UInt64 = 1

    mutating func takeNumber() -> UInt64 {
        defer { nextNumber += 1 }
        return nextNumber
    }

    func place(of number: UInt64) -> Int? {
        requests.firstIndex { if case .asked(number, _) = $0.state { true } else { false } }
    }
}

extension Replica {
    func administer(_ request: AdminRequest, id: UInt64, now: Instant) {
        if let refusal = refusal(of: request) { return effects.append(.administered(.refused(refusal), to: id)) }
        administration.requests.append(
            Administration.Request(
                id: id, request: request, begin: now.advanced(byMilliseconds: settings.requestTimeoutMilliseconds),
                end: now.advanced(byMilliseconds: Administration.timeoutMilliseconds),
                removesMember: request.leaver.map { raft.configuration.member(calledBy: $0) != nil } ?? false))
    }

    /// Why this node does not even pass a request on.
    private func refusal(of request: AdminRequest) -> AdminRefusal? {
        if isStopping {
            return AdminRefusal(code: .unavailable, message: "node \(identity.nodeID) is shutting down; ask another")
        }
        if let removal { return AdminRefusal(code: .unavailable, message: removal) }
        if let flaw = request.flaw { return AdminRefusal(code: .invalid, message: flaw) }
        guard administration.requests.count < Administration.maximumRequests else {
            return AdminRefusal(
                code: .unavailable,
                message: "\(administration.requests.count) changes wait on this node already; try again later")
        }
        return nil
    }

    /// Passes requests on, again after a failure, and ends those whose time is up.
    func driveAdministration(now: Instant) {
        for request in administration.requests where now >= deadline(of: request) { expire(request, now: now) }
        for request in administration.requests where isKnownToBeDone(request) { finish(request.id, .done) }
        for place in administration.requests.indices {
            switch administration.requests[place].state {
            case .queued: break
            case .asked(_, let asked):
                // Another leads now: it is asked, whatever became of the first question.
                if let leader = raft.leader?.instance, leader != asked { route(at: place, now: now) }
            case .waiting(let until): if until <= now { route(at: place, now: now) }
            }
        }
    }

    private func route(at place: Int, now: Instant) {
        let request = administration.requests[place]
        if raft.isLeader {
            administration.requests[place].state = .queued
            administration.requests[place].tries += 1
            membership.queue.append(
                MembershipChange(source: .own(id: request.id), request: request.request, deadline: request.end))
        } else if let leader = raft.leader, let address = raft.configuration.member(of: leader.instance)?.address {
            let number = administration.takeNumber()
            administration.requests[place].state = .asked(number: number, leader: leader.instance)
            administration.requests[place].tries += 1
            let message = PeerRequest(header: raft.header(for: leader.instance), body: .administer(request.request))
            effects.append(.send(message, to: address, .propose, .administer(number)))
        } else {
            administration.requests[place].state = .waiting(until: now)
        }
    }

    /// The members that are committed without it tell that a leave has happened, whoever asked for it.
    private func isKnownToBeDone(_ request: Administration.Request) -> Bool {
        guard let leaver = request.request.leaver, request.removesMember, request.tries > 0, request.state != .queued
        else { return false }
        return raft.committedConfiguration.configuration.member(calledBy: leaver) == nil
    }

    // MARK: Answers

    func receiveAdminAnswer(_ answer: AdminResponse, id number: UInt64, now: Instant) {
        guard let place = administration.place(of: number) else { return }
        let request = administration.requests[place]
        switch answer {
        case .refused(let refusal) where refusal.code == .notLeader: retry(at: place, now: now)
        case .refused(let refusal) where mayBeDone(request, despite: refusal): retry(at: place, now: now)
        case .refused, .done: finish(request.id, answer)
        }
    }

    /// Whether an earlier try may have taken out whom this one did not find: this node's own log will tell.
    private func mayBeDone(_ request: Administration.Request, despite refusal: AdminRefusal) -> Bool {
        refusal.code == .unavailable && request.removesMember && request.tries > 1
    }

    func adminSendFailed(_ number: UInt64, _ failure: SendFailure, now: Instant) {
        if let place = administration.place(of: number) { retry(at: place, now: now) }
    }

    private func retry(at place: Int, now: Instant) {
        administration.requests[place].state = .waiting(
            until: now.advanced(byMilliseconds: settings.retryDelayMilliseconds))
    }

    /// What came of a request that this node carried out itself, or began to.
    func finishOwn(_ id: UInt64, _ answer: AdminResponse, now: Instant) {
        guard let place = administration.requests.firstIndex(where: { $0.id == id }) else { return }
        if case .refused(let refusal) = answer,
            refusal.code == .notLeader || mayBeDone(administration.requests[place], despite: refusal)
        {
            administration.requests[place].state = .waiting(until: now)
        } else {
            finish(id, answer)
        }
    }

    func finish(_ id: UInt64, _ answer: AdminResponse) {
        guard let place = administration.requests.firstIndex(where: { $0.id == id }) else { return }
        administration.requests.remove(at: place)
        effects.append(.administered(answer, to: id))
    }

    // MARK: Time

    private func deadline(of request: Administration.Request) -> Instant {
        request.tries == 0 ? request.begin : request.end
    }

    private func expire(_ request: Administration.Request, now: Instant) {
        // The leader's queue has the same deadline, and knows more.
        guard request.state != .queued else { return }
        var reason = unavailability(now: now)
        if case .asked(_, let asked) = request.state, let leader = raft.leader, leader.instance == asked {
            reason = "\(leader) leads, has been asked, and does not answer"
        }
        finish(
            request.id,
            .refused(
                request.tries == 0
                    ? AdminRefusal(code: .unavailable, message: reason)
                    : AdminRefusal(
                        code: .timeout,
                        message: "it is not known whether that was done: \(reason). Ask again: what is done stays done")
            ))
    }

    /// Nobody here will be able to answer.
    func endAdministration(now: Instant) {
        for request in administration.requests {
            let message = "node \(identity.nodeID) is shutting down; ask another"
            let code = request.tries == 0 ? AdminRefusal.Code.unavailable : .timeout
            finish(request.id, .refused(AdminRefusal(code: code, message: message)))
        }
    }

    var administrationDeadline: Instant {
        let canRoute = raft.isLeader || raft.leader.map { raft.configuration.member(of: $0.instance) != nil } ?? false
        return administration.requests.reduce(.never) { earliest, request in
            guard request.state != .queued else { return earliest }
            var due = deadline(of: request)
            if canRoute, case .waiting(let until) = request.state { due = min(due, until) }
            return min(earliest, due)
        }
    }
}

extension AdminRequest {
    /// Whom it takes out.
    var leaver: String? { if case .leave(let nodeID) = self { nodeID } else { nil } }

    /// What is wrong with it in itself; `nil` when nothing is.
    fileprivate var flaw: String? {
        switch self {
        case .join(let nodeID, let address, _): AdminRequest.flaw(nodeID) ?? AdminRequest.flaw(ofAddress: address)
        // A member that has not told its id goes by its address.
        case .leave(let name), .transfer(let name): AdminRequest.flaw(name)
        }
    }

    private static func flaw(_ nodeID: String) -> String? {
        let limit = PeerCodec.maximumNodeIDSize
        guard (1...limit).contains(nodeID.utf8.count) else { return "a node id has 1 to \(limit) bytes" }
        return nil
    }

    private static func flaw(ofAddress address: String) -> String? {
        let limit = PeerCodec.maximumAddressSize
        guard (1...limit).contains(address.utf8.count) else { return "an address has 1 to \(limit) bytes" }
        return nil
    }
}
