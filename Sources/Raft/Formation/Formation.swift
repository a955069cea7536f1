/// How an empty node with `--peers` finds out whether to form a cluster, and which: a value that is told what other
/// nodes say and answers what they ask. The owner does the asking, again and again, until ``isSettled``.
///
/// A cluster forms when a majority of the listed members, this node included, has met, all of them empty and with the
/// same members. What a peer says counts only as the answer to a question that this node put to a listed address: so
/// every instance counted is one that the listed address reaches, and one process behind two addresses counts once. The
/// questions of others teach two things: the address under which they list this node, and that somebody else's list is
/// another.
package struct Formation: Sendable {
    package let identity: Identity
    /// This node's own advertised address, and whether the operator chose it.
    package let address: String
    package let isAddressExplicit: Bool
    /// `--peers`: everybody but this node. An index into it names a peer to all methods.
    package let peers: [PeerSpecification]

    /// What is known about the peer of the same index.
    private var contacts: [Contact]
    /// The address under which peers list this node, as soon as one has told.
    private var listedAddress: String?
    /// The last node that asked although no entry of `peers` can stand for it.
    private var outsider: Disagreement?
    private var mistake: Reason?

    /// - Parameters:
    ///   - address: what `--advertise-addr` says, or its default `{node-id}:{cluster-port}`
    ///   - peers: ids and addresses distinct, none of them this node's own: the command line is checked before
    package init(identity: Identity, address: String, isAddressExplicit: Bool, peers: [PeerSpecification]) {
        self.identity = identity
        self.address = address
        self.isAddressExplicit = isAddressExplicit
        self.peers = peers
        contacts = Array(repeating: Contact(), count: peers.count)
        let nodeIDs = [identity.nodeID] + peers.compactMap(\.nodeID)
        let addresses = [address] + peers.map(\.address)
        precondition(
            Set(nodeIDs).count == nodeIDs.count && Set(addresses).count == addresses.count,
            "an id or address twice among \(identity)@\(address) and its peers \(peers)")
    }

    /// What has come of asking one listed address.
    private struct Contact: Sendable {
        /// Who answered last; kept while the address does not answer.
        var identity: Identity?
        /// The advertised address that it chose, if it chose one.
        var explicitAddress: String?
        var standing = Standing.unheard
        var isReachable = false
    }

    private enum Standing: Sendable, Equatable {
        case unheard
        /// Empty, and with the same members for both sides.
        case agreed
        /// Empty, but one side does not see yet that the lists are the same, or does not see the difference: asked again,
        /// both know more names.
        case undecided
        /// Empty, with other members.
        case disagreed(theirs: [PeerSpecification])
        case formed(HelloResponse.Membership, in: ClusterID)
    }

    // MARK: Asking and answering

    /// The question to put to the peer `index`.
    package func hello(to index: Int) -> Hello {
        Hello(
            address: address, isAddressExplicit: isAddressExplicit, recipientAddress: peers[index].address,
            peers: knownPeers)
    }

    /// What this node, empty itself, answers to `hello`. It learns the address under which the sender lists it, and
    /// remembers a sender with other members for the operator; it takes no identity from a question, so the sender
    /// counts only once it has answered itself.
    package mutating func answer(_ hello: Hello, from sender: Identity) -> HelloResponse {
        let theirs = MemberList(
            identity: sender, address: hello.address, isAddressExplicit: hello.isAddressExplicit, others: hello.peers)
        let dialed = hello.peers.firstIndex { $0.address == hello.recipientAddress }
        let matching = dialed.flatMap { ownList.matching(theirs, entryForTheOther: nil, entryForThis: .some($0)) }
        if matching != nil {
            learnListedAddress(hello.recipientAddress)
        } else if !knownPeers.contains(where: { $0.nodeID == nil || $0.nodeID == sender.nodeID }) {
            // Nobody here will ask it for its list: it is now or never.
            let peer = PeerSpecification(nodeID: sender.nodeID, address: hello.address)
            outsider = Disagreement(peer: peer, mine: ownList.everybody, theirs: theirs.everybody)
        }
        return HelloResponse(
            address: address, isAddressExplicit: isAddressExplicit, peers: knownPeers,
            standing: .empty(isSameMembers: matching != nil))
    }

    /// Takes the answer of the peer `index` to its hello. What it says now replaces what it said before, except that a
    /// peer once seen formed is never taken for empty again: a cluster that lost that disk may still have the others.
    package mutating func received(
        _ response: HelloResponse, from sender: Identity, clusterID: ClusterID, index: Int
    ) {
        if let found = mistakeShown(by: sender, at: peers[index].address) {
            mistake = found
            return
        }
        contacts[index].isReachable = true
        // One process under two listed addresses: whichever was heard first stands for it.
        let isHeardElsewhere = contacts.indices.contains {
            $0 != index && contacts[$0].identity?.instance == sender.instance
        }
        guard !isHeardElsewhere else { return }
        switch response.standing {
        case .formed(let membership):
            contacts[index].identity = sender
            contacts[index].standing = .formed(membership, in: clusterID)
        case .empty(let isSameMembers):
            if case .formed = contacts[index].standing { return }
            contacts[index].identity = sender
            contacts[index].explicitAddress = response.isAddressExplicit ? response.address : nil
            contacts[index].standing = judge(response, from: sender, index: index, isSameToThem: isSameMembers)
        }
    }

    /// The peer `index` did not answer. What it agreed to before stands, since it will be asked for its vote anyhow; a
    /// list that differed is forgotten: it may come back with the right one.
    package mutating func unreachable(index: Int) {
        contacts[index].isReachable = false
        switch contacts[index].standing {
        case .disagreed, .undecided: contacts[index].standing = .unheard
        case .unheard, .agreed, .formed: break
        }
    }

    private mutating func learnListedAddress(_ listed: String) {
        // Never an address that belongs to a peer: two members with one address are no configuration.
        guard listedAddress == nil, !peers.contains(where: { $0.address == listed }) else { return }
        listedAddress = listed
    }

    private func mistakeShown(by sender: Identity, at address: String) -> Reason? {
        if sender.instance == identity.instance { return .listsItself(address: address) }
        if sender.nodeID == identity.nodeID { return .nameTaken(nodeID: sender.nodeID, address: address) }
        return nil
    }

    private mutating func judge(
        _ response: HelloResponse, from sender: Identity, index: Int, isSameToThem: Bool
    ) -> Standing {
        let theirs = MemberList(
            identity: sender, address: response.address, isAddressExplicit: response.isAddressExplicit,
            others: response.peers)
        // Two of one name are no configuration. They end their own start as soon as they meet.
        guard !isNameElsewhere(sender.nodeID, than: index) else { return .disagreed(theirs: theirs.everybody) }
        let matching = ownList.matching(theirs, entryForTheOther: index, entryForThis: nil)
        if let matching { learnListedAddress(response.peers[matching.entryForThis].address) }
        switch (matching != nil, isSameToThem) {
        case (true, true): return .agreed
        case (false, false): return .disagreed(theirs: theirs.everybody)
        case (true, false), (false, true): return .undecided
        }
    }

    private func isNameElsewhere(_ nodeID: String, than index: Int) -> Bool {
        peers.indices.contains { other in
            other != index && (peers[other].nodeID == nodeID || contacts[other].identity?.nodeID == nodeID)
        }
    }

    // MARK: What is known

    /// `peers` with the ids that their addresses have told.
    private var knownPeers: [PeerSpecification] {
        peers.indices.map { index in
            // An id that is found elsewhere too tells nobody apart.
            let told = contacts[index].identity?.nodeID
            let learned = told.flatMap { isNameElsewhere($0, than: index) ? nil : $0 }
            return PeerSpecification(nodeID: peers[index].nodeID ?? learned, address: peers[index].address)
        }
    }

    private var ownList: MemberList {
        MemberList(
            identity: identity, address: address, isAddressExplicit: isAddressExplicit, others: knownPeers,
            listedAddress: listedAddress)
    }

    // MARK: The verdict

    /// What is to be done now. It may change with every answer: a peer that turns out to be formed ends ``State/ready(_:)``.
    package var state: State {
        if let mistake { return .refused(mistake) }
        if let state = stateAmongFormed { return state }
        let met = 1 + contacts.count { $0.standing == .agreed }
        let quorum = (peers.count + 1) / 2 + 1
        if met >= quorum { return .ready(provisionalConfiguration) }
        if let disagreement = peerDisagreements.first {
            return .refused(.differentMembers(disagreement))
        }
        return .gathering(heard: met, needed: quorum)
    }

    /// Members that may vote for this node, or hold a cluster that it must not split, decide over what the others say: a
    /// formed peer may be behind and not know of this node yet.
    private var stateAmongFormed: State? {
        let formed = zip(knownPeers, contacts).compactMap { peer, contact in
            if case .formed(let membership, let clusterID) = contact.standing {
                return (membership: membership, cluster: Cluster(id: clusterID, peer: peer))
            }
            return nil
        }
        if formed.contains(where: { $0.membership == .bound }) { return .awaitingLeader(mayVote: true) }
        if formed.contains(where: { $0.membership == .unbound }) { return .awaitingLeader(mayVote: false) }
        if let found = formed.first(where: { $0.membership == .boundToAnother }) {
            return .refused(.wiped(nodeID: identity.nodeID, found.cluster))
        }
        if let found = formed.first { return .refused(.stranger(nodeID: identity.nodeID, found.cluster)) }
        return nil
    }

    /// Every empty node met whose members are not this node's, for the log and the status. When a majority agrees
    /// without them, the cluster forms, and they stay out until their list is mended.
    package var disagreements: [Disagreement] { peerDisagreements + (outsider.map { [$0] } ?? []) }

    private var peerDisagreements: [Disagreement] {
        zip(knownPeers, contacts).compactMap { peer, contact in
            guard case .disagreed(let theirs) = contact.standing else { return nil }
            return Disagreement(peer: peer, mine: ownList.everybody, theirs: theirs)
        }
    }

    /// The listed peers that do not answer at present, or have not yet.
    package var unreachablePeers: [PeerSpecification] {
        zip(knownPeers, contacts).compactMap { $1.isReachable ? nil : $0 }
    }

    /// Whether asking on can change nothing: the start has failed, this node is known to be a member, or it is ready and
    /// knows the instance of everybody. Until then even a ready node asks, so that more votes can count.
    package var isSettled: Bool {
        switch state {
        case .gathering: false
        case .ready: contacts.allSatisfy { $0.standing == .agreed }
        case .awaitingLeader(let mayVote): mayVote
        case .refused(let reason): reason.isFatal
        }
    }

    /// What to stand for election with; the first leader's configuration entry replaces it. Numbers follow the sorted
    /// names as the list was written, so they are the same in every configuration that this node provides; another
    /// node's may differ where lists are nameless, which does no harm: none ever leaves its node but the first leader's.
    private var provisionalConfiguration: Configuration {
        let ownAddress = isAddressExplicit ? address : listedAddress ?? address
        var taken = Set(peers.map(\.address) + [ownAddress])
        var members: [(key: String, member: Member)] = [
            (
                identity.nodeID,
                Member(number: 0, nodeID: identity.nodeID, address: ownAddress, instance: identity.instance)
            )
        ]
        for (peer, contact) in zip(peers, contacts) {
            let isMet = contact.standing == .agreed
            let met = isMet ? contact.identity : nil
            var address = peer.address
            // An address that somebody else bears as well is a slip of one operator; the listed one was dialled.
            if isMet, let explicit = contact.explicitAddress, taken.insert(explicit).inserted { address = explicit }
            let member = Member(
                number: 0, nodeID: peer.nodeID ?? met?.nodeID, address: address, instance: met?.instance)
            members.append((peer.nodeID ?? peer.address, member))
        }
        let numbered = members.sorted { $0.key < $1.key }.enumerated().map { place, entry in
            Member(
                number: Member.Number(place + 1), nodeID: entry.member.nodeID, address: entry.member.address,
                instance: entry.member.instance)
        }
        return Configuration(clusterID: .none, members: numbered)
    }
}
