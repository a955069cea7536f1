extension Formation {
    /// What a node in a cluster answers to an empty node's hello.
    /// - Parameters:
    ///   - identity: the answering node's own
    ///   - configuration: the one in force at the answering node; its cluster id goes into the header
    package static func answer(
        _ hello: Hello, from sender: Identity, by identity: Identity, in configuration: Configuration,
        address: String, isAddressExplicit: Bool
    ) -> HelloResponse {
        let others = configuration.members.filter { $0.instance != identity.instance }
        return HelloResponse(
            address: address, isAddressExplicit: isAddressExplicit,
            peers: others.map { PeerSpecification(nodeID: $0.nodeID, address: $0.address) },
            standing: .formed(membership(of: sender, hello, in: configuration)))
    }

    /// What a node answers that is to join a cluster by `--join`: it is empty, lists nobody, and forms nothing.
    package static func answerJoining(address: String, isAddressExplicit: Bool) -> HelloResponse {
        HelloResponse(
            address: address, isAddressExplicit: isAddressExplicit, peers: [], standing: .empty(isSameMembers: false))
    }

    /// A nameless member that nobody has heard yet may be the sender, under whatever address: it is told to wait, and the
    /// leader, who dials the member's address, finds out. Only who can be no member is told so, since that ends its start.
    private static func membership(
        of sender: Identity, _ hello: Hello, in configuration: Configuration
    ) -> HelloResponse.Membership {
        if configuration.member(of: sender.instance) != nil { return .bound }
        if let namesake = configuration.member(named: sender.nodeID) {
            return namesake.instance == nil ? .unbound : .boundToAnother
        }
        let nameless = configuration.members.filter { $0.nodeID == nil && $0.instance == nil }
        let isAtTheAddressOfAnother =
            hello.isAddressExplicit
            && configuration.members.contains { $0.nodeID != nil && $0.address == hello.address }
        return nameless.isEmpty || isAtTheAddressOfAnother ? .stranger : .unbound
    }
}
