import Raft

// What other nodes send: a request is answered, or handed to the engine; an answer goes to whoever asked.

extension Replica {
    func receive(_ request: PeerRequest, token: UInt64, now: Instant) {
        if isForeign(request.header) {
            reportForeign(request.header, now: now)
            return refuse(.otherCluster, request, token: token)
        }
        guard isFromAnother(request) else { return refuse(.otherInstance, request, token: token) }
        if let member = raft.configuration.member(of: request.header.sender.instance) {
            reachability.heard(member.address, now: now)
        }
        switch request.body {
        case .hello(let hello):
            effects.append(
                .reply(raft.response(.hello(answer(hello, request.header)), to: request.header), token: token))
        case .requestVote, .appendEntries, .heartbeat, .timeoutNow: raft.step(.request(request, token: token), now: now)
        case .readIndex:
            if let refusal = refusal(of: request.header) { return refuse(refusal, request, token: token) }
            // One that does not know of its conviction does not serve reads either.
            if isConvicted(request.header.sender.instance) {
                let answer = raft.response(.readIndex(.notLeader), to: request.header)
                return effects.append(.reply(answer, token: token))
            }
            reads.fromPeers.append(.peer(header: request.header, token: token))
        case .propose(let propose):
            if let refusal = refusal(of: request.header) { return refuse(refusal, request, token: token) }
            forwards.arrived.append((propose, request.header, token: token))
        case .installSnapshot(let chunk): receive(chunk, header: request.header, token: token, now: now)
        case .administer(let admin):
            if let refusal = refusal(of: request.header) { return refuse(refusal, request, token: token) }
            receive(admin, header: request.header, token: token, now: now)
        }
    }

    /// A message that claims to come from this very instance is a mistake or a forgery; a hello is answered, so that a node that
    /// lists itself finds out.
    private func isFromAnother(_ request: PeerRequest) -> Bool {
        if case .hello = request.body { return true }
        return request.header.sender.instance != identity.instance
    }

    private func isForeign(_ header: PeerHeader) -> Bool {
        header.clusterID != .none && raft.clusterID != .none && header.clusterID != raft.clusterID
    }

    /// Once a cluster, whose nodes may go on sending; and now and then where there are several.
    private func reportForeign(_ header: PeerHeader, now: Instant) {
        guard reported.foreignCluster != header.clusterID, now >= reported.nextForeign else { return }
        reported.foreignCluster = header.clusterID
        reported.nextForeign = now.advanced(byMilliseconds: Reported.foreignIntervalMilliseconds)
        report(
            .warning,
            """
            refused a message of \(header.sender), which belongs to cluster \(header.clusterID); this node is in \
            \(raft.clusterID). Its --peers or this node's address must be wrong
            """)
    }

    /// Why a node does not have its clients' requests served here: only a bound member has, and only by the instance it means.
    private func refusal(of header: PeerHeader) -> Refusal? {
        if raft.configuration.member(of: header.sender.instance) != nil {
            return header.recipient == identity.instance ? nil : .unbound
        }
        let namesake = raft.configuration.member(named: header.sender.nodeID)
        return namesake?.instance == nil ? .unbound : .wiped
    }

    private func refuse(_ refusal: Refusal, _ request: PeerRequest, token: UInt64) {
        effects.append(.reply(raft.response(.refused(refusal), to: request.header), token: token))
    }

    /// Another node knows this one's id with another data directory.
    private func reportWiped(to sender: Identity) {
        guard !reported.isWiped else { return }
        reported.isWiped = true
        report(.error, "\(sender) refuses this node: \(MembershipError.boundToAnother(nodeID: identity.nodeID))")
    }

    func receive(_ response: PeerResponse, context: SendContext, now: Instant) {
        // Who shall join may belong to another cluster, and then the operator is to know.
        if case .dial(let number) = context { return dialAnswered(number, response, now: now) }
        if case .refused(.wiped) = response.body { reportWiped(to: response.header.sender) }
        guard !isForeign(response.header) else {
            return sendFailed(
                context, .notSent(reason: "belongs to another cluster, \(response.header.clusterID)"), now: now)
        }
        noteHeard(context, now: now)
        switch (response.body, context) {
        case (.requestVote, .consensus(let member)), (.appendEntries, .consensus(let member)),
            (.heartbeat, .consensus(let member)), (.refused, .consensus(let member)):
            raft.step(.response(response, from: member), now: now)
        case (.timeoutNow, .consensus): break
        case (.installSnapshot(let answer), .snapshot(let member, let transfer)):
            receiveSnapshotAnswer(answer, header: response.header, member: member, transfer: transfer, now: now)
        case (.refused(let refusal), .snapshot(let member, let transfer)):
            snapshotSendFailed(member, transfer: transfer, reason: "refused it: \(refusal)", now: now)
        case (.administer(let answer), .administer(let id)): receiveAdminAnswer(answer, id: id, now: now)
        case (.propose(let answer), .forward(let batch)):
            receiveForwarded(answer, batch: batch, from: response.header.sender, now: now)
        case (.readIndex(let answer), .readIndex(let round)):
            receiveReadIndex(answer, round: round, from: response.header.sender, now: now)
        case (.hello(let answer), .hello(let peer)):
            receiveHello(answer, header: response.header, peer: peer, now: now)
        default:
            sendFailed(context, .lost(reason: "gave an answer to another question"), now: now)
        }
    }

    func sendFailed(_ context: SendContext, _ failure: SendFailure, now: Instant) {
        if let address = address(of: context) { reachability.failed(address, failure) }
        switch context {
        case .consensus(let member): raft.step(.unreachable(member), now: now)
        case .forward(let batch): forwardFailed(batch: batch, failure, now: now)
        case .readIndex(let round): readIndexFailed(round: round, now: now)
        case .hello(let peer): formation?.failed(peer, failure)
        case .snapshot(let member, let transfer):
            snapshotSendFailed(member, transfer: transfer, reason: failure.reason, now: now)
        case .administer(let id): adminSendFailed(id, failure, now: now)
        case .dial(let id): dialFailed(id, failure, now: now)
        }
    }

    private func noteHeard(_ context: SendContext, now: Instant) {
        if let address = address(of: context) { reachability.heard(address, now: now) }
    }

    private func address(of context: SendContext) -> String? {
        switch context {
        case .consensus(let member), .snapshot(let member, _): raft.member(member)?.address
        case .hello(let peer): formation?.address(of: peer)
        case .forward, .readIndex, .administer, .dial: nil
        }
    }
}
